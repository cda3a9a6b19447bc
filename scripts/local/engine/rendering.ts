// Kubernetes objects as files: collects what a program would create, and hides what nobody should read.
import { stringify } from "yaml";
import { isObject, isSecret, rewrite, unknown, type Properties, type Value } from "./values.ts";
import { kubernetesPackage } from "./providers/kubernetes.ts";
import { identityOf } from "./providers/kubernetes/objects.ts";
import type { ProviderPackage } from "./providers/provider.ts";

/** First words of every file; files that begin so may be written over. */
export const renderedMark = "# Rendered from ";

/** Valid wherever the API wants a name, a label or a text. */
const unknownText = "unknown";
const secretText = "[secret]";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubernetes package that talks to no cluster, and hands every object of the program to `collect`. */
export function collectingPackage(collect: (object: Properties) => void): ProviderPackage {
  const definition = kubernetesPackage({ offline: true });
  return {
    ...definition,
    async configure(inputs) {
      const client = await definition.configure(inputs);
      return {
        ...client,
        create: (subject, request) => {
          collect(request.inputs);
          return client.create(subject, request);
        },
      };
    },
  };
}

/** `<namespace>-<kind>-<name>.yaml`; objects without a namespace count as the cluster's. */
export function fileNameOf(object: Properties): string {
  const { namespace, kind, name } = identityOf(shown(object));
  return `${namespace ?? "cluster"}-${kind.toLowerCase()}-${name}.yaml`;
}

/** For kubectl, which reads YAML 1.1: there a plain `off` is no text. */
const style = { lineWidth: 0, compat: "yaml-1.1" };

/** The object as YAML, with placeholders for secrets and for values that are not known. */
export const yamlOf = (object: Properties, stack: string): string =>
  `${renderedMark}${stack}; secret values are masked.\n${stringify(shown(object), style)}`;

function shown(object: Properties): Properties {
  const isSecretObject = object["kind"] === "Secret" && object["apiVersion"] === "v1";
  const visible = rewrite(object, (value) =>
    isSecret(value) ? masked(value.value, secretText) : value === unknown ? unknownText : undefined,
  ) as Properties;
  // The API wants base64 there, and takes nothing else.
  return isSecretObject && visible["data"] !== undefined
    ? { ...visible, data: masked(dataOf(object), base64(secretText)) }
    : visible;
}

const dataOf = (object: Properties): Value => {
  const data = isSecret(object["data"]) ? object["data"].value : object["data"];
  return isObject(data) ? data : {};
};

/** The same shape with every leaf hidden; numbers and switches stay of their type. */
const masked = (value: Value, text: string): Value =>
  rewrite(value, (item) => {
    if (isSecret(item)) return masked(item.value, text);
    if (typeof item === "string") return text;
    if (typeof item === "number") return 0;
    return typeof item === "boolean" ? false : undefined;
  });

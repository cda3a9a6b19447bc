// Kubernetes objects as properties: which one it is, where it lies, and how its inputs are brought into form.
import { isObject, secret, unknown, type Properties, type Value } from "../../values.ts";

export interface Identity {
  apiVersion: string;
  kind: string;
  name: string;
  /** Undefined for objects of the cluster, and for namespaced ones that leave it to the default. */
  namespace?: string;
}

export const metadataOf = (object: Properties): Properties =>
  isObject(object["metadata"]) ? object["metadata"] : {};

/** Text under a path of keys, or undefined. */
export function textAt(object: Value | undefined, ...path: string[]): string | undefined {
  const found = valueAt(object, ...path);
  return typeof found === "string" ? found : undefined;
}

export const numberAt = (object: Value | undefined, ...path: string[]): number | undefined => {
  const found = valueAt(object, ...path);
  return typeof found === "number" ? found : undefined;
};

export function listAt(object: Value | undefined, ...path: string[]): Properties[] {
  const found = valueAt(object, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export const valueAt = (object: Value | undefined, ...path: string[]): Value | undefined =>
  path.reduce<Value | undefined>((value, key) => (isObject(value) ? value[key] : undefined), object);

export const annotationOf = (object: Properties, key: string): string | undefined =>
  textAt(object, "metadata", "annotations", key);

/** apiVersion and kind of a resource type: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`. */
export function kindOfType(type: string): { apiVersion: string; kind: string } {
  const [, group = "", kind = ""] = type.split(":");
  return { apiVersion: group.replace(/^core\//, ""), kind };
}

/** Types of the package that are no plain objects of a cluster. */
export function refusedType(type: string): string | undefined {
  const { apiVersion, kind } = kindOfType(type);
  if (
    apiVersion.startsWith("helm.sh") ||
    apiVersion.startsWith("yaml") ||
    apiVersion.startsWith("kustomize")
  ) {
    return `${type} is not supported by the embedded engine: write the objects themselves`;
  }
  if (/Patch$/.test(kind))
    return `${type} is not supported by the embedded engine: it patches an object of somebody else`;
  if (/List$/.test(kind))
    return `${type} is not supported by the embedded engine: write each object of the list`;
  if (["apps/v1:StatefulSet", "apps/v1:ReplicaSet", "v1:Pod"].includes(`${apiVersion}:${kind}`))
    return `${type} is not supported by the embedded engine: no stack has one, so it knows no wait for it`;
  return undefined;
}

export function identityOf(object: Properties): Identity {
  const namespace = textAt(object, "metadata", "namespace");
  return {
    apiVersion: textAt(object, "apiVersion") ?? "",
    kind: textAt(object, "kind") ?? "",
    name: textAt(object, "metadata", "name") ?? "",
    ...(namespace ? { namespace } : {}),
  };
}

/** The resource id that Pulumi's provider gives an object. */
export const idOf = ({ name, namespace }: Identity): string => (namespace ? `${namespace}/${name}` : name);

export const describe = (identity: Identity): string => `${identity.kind} ${idOf(identity)}`;

/** Brings inputs into the form that is recorded and sent: a Secret's `stringData` as `data`, which is secret whatever the program says. */
export function normalize(news: Properties): Properties {
  const result: Properties = { ...news };
  if (result["kind"] === "Secret" && result["apiVersion"] === "v1") {
    const { stringData, data } = result;
    delete result["stringData"];
    if (stringData === unknown || data === unknown) result["data"] = secret(unknown);
    else if (isObject(stringData) || isObject(data)) {
      result["data"] = secret({
        ...(isObject(data) ? data : {}),
        ...encoded(isObject(stringData) ? stringData : {}),
      });
    }
  }
  return withoutEmpties(result) as Properties;
}

const encoded = (values: Properties): Properties =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" && value !== unknown ? Buffer.from(value).toString("base64") : value,
    ]),
  );

/** Empty, these are left out of what is stored; the real provider records them so: provider/pkg/clients/unstructured.go, Normalize. */
const leavesOut = (within: string, key: string, value: Value): boolean =>
  within === "metadata" && (key === "annotations" || key === "labels")
    ? isObject(value) && Object.keys(value).length === 0
    : within === "env" && key === "value" && value === "";

/** The API drops nulls and such empties, so they would show as a difference for ever. */
function withoutEmpties(value: Value, within = ""): Value {
  if (Array.isArray(value)) return value.map((item) => withoutEmpties(item, within));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== null && !leavesOut(within, key, item))
      .map(([key, item]) => [key, withoutEmpties(item, key)]),
  );
}

/** A live object as outputs: without the bookkeeping of who owns which field. */
export function outputsOf(live: Properties): Properties {
  const metadata = { ...metadataOf(live) };
  delete metadata["managedFields"];
  const outputs: Properties = { ...live, metadata };
  if (live["kind"] === "Secret" && live["data"] !== undefined) outputs["data"] = secret(live["data"]);
  return outputs;
}

// What the deploy stack makes in dev, recorded once for the tests that look at all of it.
import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { configFile } from "../../testing/configFiles.ts";
import { record, type Recording } from "../../record.ts";
import type { Manifest } from "../manifests.ts";
import { findPodTemplate } from "../podSpec.ts";
import type { End, Rules } from "./networkPolicies.ts";

let recording: Promise<Recording> | undefined;

/** Every object, as it is sent to Kubernetes. */
export async function recordedObjects(): Promise<Manifest[]> {
  recording ??= record("deploy-dev", { config: configFile("deploy-dev") });
  return (await recording).resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inputs as unknown as Manifest);
}

/** An object that runs pods, and their template. */
export interface Running {
  /** `banking/ledger` */
  name: string;
  object: Manifest;
  template: V1PodTemplateSpec;
}

export const runningOf = (objects: readonly Manifest[]): Running[] =>
  objects.flatMap((object) => {
    const template = findPodTemplate(object);
    const { namespace = "", name } = object.metadata;
    return template?.spec ? [{ name: `${namespace}/${name}`, object, template }] : [];
  });

export const rulesOf = (objects: readonly Manifest[]): Rules => ({
  policies: objects.filter(({ kind }) => kind === "NetworkPolicy"),
  namespaces: Object.fromEntries(
    objects
      .filter(({ kind }) => kind === "Namespace")
      .map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
  ),
});

/** The pods of a workload as an end of connections; pods in their node's network are the node. */
export function endOf({ object, template }: Running): End {
  if (template.spec?.hostNetwork) return "node";
  const ports = template.spec?.containers.flatMap(({ ports = [] }) => ports) ?? [];
  return {
    namespace: object.metadata.namespace ?? "default",
    labels: template.metadata?.labels ?? {},
    ports: Object.fromEntries(ports.map(({ name, containerPort }) => [name ?? containerPort, containerPort])),
  };
}

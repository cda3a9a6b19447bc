// The environment variables of a container, from its manifest and what that refers to. Pure.
import type { V1Container, V1EnvVar, V1Pod } from "@kubernetes/client-node";
import { expand } from "./expand.ts";
import { podField, type PodFacts } from "./podFields.ts";
import type { Sources } from "./sources.ts";

export interface EnvironmentResult {
  values: Map<string, string>;
  /** Variables whose value is a Secret's content: those are never translated. */
  secret: ReadonlySet<string>;
  /** What is missing; the container must not start unless this is empty. */
  problems: string[];
}

const decode = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/**
 * Variables in Kubernetes' order: `base` (the node's own, Services), then envFrom, then env, where `$(NAME)`
 * sees what stands before it.
 */
export function containerEnvironment(
  pod: V1Pod,
  container: V1Container,
  base: ReadonlyMap<string, string>,
  sources: Sources,
  facts: PodFacts,
): EnvironmentResult {
  const values = new Map(base);
  const secret = new Set<string>();
  const problems: string[] = [];

  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) {
      const found = sources.configMaps.get(configMapRef.name ?? "");
      if (!found && !configMapRef.optional)
        problems.push(`ConfigMap "${configMapRef.name}" not found (envFrom)`);
      for (const [key, value] of Object.entries(found?.data ?? {})) values.set(prefix + key, value);
    }
    if (secretRef) {
      const found = sources.secrets.get(secretRef.name ?? "");
      if (!found && !secretRef.optional) problems.push(`Secret "${secretRef.name}" not found (envFrom)`);
      for (const [key, value] of Object.entries(found?.data ?? {})) {
        values.set(prefix + key, decode(value));
        secret.add(prefix + key);
      }
    }
  }

  const fromReference = ({ name, valueFrom }: V1EnvVar): string | undefined => {
    if (valueFrom?.configMapKeyRef) {
      const { name: object, key, optional } = valueFrom.configMapKeyRef;
      const value = sources.configMaps.get(object ?? "")?.data?.[key];
      if (value === undefined && !optional)
        problems.push(`${name}: no key "${key}" in ConfigMap "${object}"`);
      return value;
    }
    if (valueFrom?.secretKeyRef) {
      const { name: object, key, optional } = valueFrom.secretKeyRef;
      const value = sources.secrets.get(object ?? "")?.data?.[key];
      if (value === undefined && !optional) problems.push(`${name}: no key "${key}" in Secret "${object}"`);
      if (value === undefined) return undefined;
      secret.add(name);
      return decode(value);
    }
    if (valueFrom?.fieldRef) {
      const value = podField(pod, valueFrom.fieldRef.fieldPath, facts);
      if (value === undefined)
        problems.push(`${name}: fieldRef ${valueFrom.fieldRef.fieldPath} is not supported`);
      return value;
    }
    problems.push(`${name}: valueFrom ${Object.keys(valueFrom ?? {}).join(", ")} is not supported`);
    return undefined;
  };

  for (const variable of container.env ?? []) {
    secret.delete(variable.name);
    const value = variable.valueFrom ? fromReference(variable) : expand(variable.value ?? "", values);
    if (value !== undefined) values.set(variable.name, value);
  }
  return { values, secret, problems };
}

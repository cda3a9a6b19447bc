// What ResourceQuotas leave of their namespaces: a pod that is beyond one is not made at all.
import type { V1ResourceQuota } from "@kubernetes/client-node";
import { unlessStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import { parseCpu, parseMemory } from "../kube/quantity.ts";
import type { Quota, QuotaScope } from "../model.ts";
import { guarded } from "./guard.ts";
import { listOf, textsOf } from "./shapes.ts";

/** By each name that means the same (https://kubernetes.io/docs/concepts/policy/resource-quotas/). */
const names: Record<keyof Quota["left"], readonly string[]> = {
  cpu: ["cpu", "requests.cpu"],
  memory: ["memory", "requests.memory"],
  storage: ["ephemeral-storage", "requests.ephemeral-storage"],
  pods: ["pods", "count/pods"],
  limitsCpu: ["limits.cpu"],
  limitsMemory: ["limits.memory"],
  replicaSets: ["count/replicasets.apps"],
};

/** Without the right to list them (an older Role) nothing is known of them, and a move that they stop is taken back. */
export async function readQuotas(client: KubeClient): Promise<Quota[]> {
  const quotas = listAll(client, "/api/v1/resourcequotas", guarded(readQuota));
  return (await unlessStatus(quotas, 403, 404)) ?? [];
}

export function readQuota({ metadata, spec, status }: Json<V1ResourceQuota>): Quota | undefined {
  const scopes = scopesOf(spec);
  if (!scopes) return undefined;
  const [hard, used] = [textsOf(status?.hard, "hard"), textsOf(status?.used, "used")];
  const left: Quota["left"] = {};
  for (const [resource, same] of Object.entries(names) as [keyof typeof names, readonly string[]][]) {
    const parse = resource === "cpu" || resource === "limitsCpu" ? parseCpu : parseMemory;
    const rest = same.flatMap((name) =>
      hard[name] === undefined || used[name] === undefined ? [] : [parse(hard[name]) - parse(used[name])],
    );
    if (rest.length > 0) left[resource] = Math.max(0, Math.min(...rest));
  }
  if (Object.keys(left).length === 0) return undefined;
  const { namespace, name } = metadata as { namespace: string; name: string };
  return { namespace, name, left, ...(scopes.length > 0 && { scopes }) };
}

/**
 * Pods of our workloads have no deadline and request CPU, so they are in NotTerminating and NotBestEffort, and never in
 * their opposites; VolumeAttributesClass is of claims.
 * @returns what is to be asked of each pod; undefined: none of ours is meant, or a scope is not known here
 */
function scopesOf(spec: Json<V1ResourceQuota>["spec"]): QuotaScope[] | undefined {
  const asked = [
    ...listOf(spec?.scopes, "scopes").map((scopeName) => ({ scopeName, operator: "Exists", values: [] })),
    ...listOf(spec?.scopeSelector?.matchExpressions, "matchExpressions"),
  ].filter(({ scopeName }) => scopeName !== "NotTerminating" && scopeName !== "NotBestEffort");
  const scopes: QuotaScope[] = [];
  for (const { scopeName, operator, values } of asked) {
    if (scopeName !== "PriorityClass" && scopeName !== "CrossNamespacePodAffinity") return undefined;
    const found = operators.find((each) => each === operator);
    if (!found) return undefined;
    scopes.push({ of: scopeName, operator: found, values: [...listOf(values, "values")] });
  }
  return scopes;
}

const operators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

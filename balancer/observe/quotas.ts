// What ResourceQuotas leave of their namespaces: a pod that is beyond one is not made at all.
import type { V1ResourceQuota } from "@kubernetes/client-node";
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import { parseCpu, parseMemory } from "../kube/quantity.ts";
import type { Quota } from "../model.ts";
import { guarded } from "./guard.ts";
import { listOf, textsOf } from "./shapes.ts";

/** By each name that means the same (https://kubernetes.io/docs/concepts/policy/resource-quotas/). */
const names = {
  cpu: ["cpu", "requests.cpu"],
  memory: ["memory", "requests.memory"],
  pods: ["pods", "count/pods"],
} as const;

/** Pods of our workloads are always in these; of other scopes nobody knows here. */
const scopesOfAll = ["NotTerminating", "NotBestEffort"];

/** Without the right to list them (an older Role) nothing is known of them, and a move that they stop is taken back. */
export async function readQuotas(client: KubeClient): Promise<Quota[]> {
  try {
    return await listAll(
      client,
      "/api/v1/resourcequotas",
      guarded(readQuota, () => undefined),
    );
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return [];
    throw error;
  }
}

export function readQuota({ metadata, spec, status }: Json<V1ResourceQuota>): Quota | undefined {
  const isForAll = listOf(spec?.scopes, "scopes").every((scope) => scopesOfAll.includes(scope));
  if (!isForAll || spec?.scopeSelector !== undefined) return undefined;
  const [hard, used] = [textsOf(status?.hard, "hard"), textsOf(status?.used, "used")];
  const left: Quota["left"] = {};
  for (const [resource, same] of Object.entries(names) as [keyof typeof names, readonly string[]][]) {
    const parse = resource === "cpu" ? parseCpu : parseMemory;
    const rest = same.flatMap((name) =>
      hard[name] === undefined || used[name] === undefined ? [] : [parse(hard[name]) - parse(used[name])],
    );
    if (rest.length > 0) left[resource] = Math.max(0, Math.min(...rest));
  }
  const isOfAny = Object.keys(left).length > 0;
  return isOfAny ? { namespace: metadata!.namespace!, name: metadata!.name!, left } : undefined;
}

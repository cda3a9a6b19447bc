// Controllers of the simulated cluster: they keep the replicas, and replace old pods as the update strategy says.
import { budgetsThatForbid } from "./budgets.ts";
import type { SimState, SimPod } from "./state.ts";

/** One pass over all workloads. @returns whether anything changed */
export function reconcile(cluster: SimState): boolean {
  let changed = false;
  for (const [key, { workload, revision }] of cluster.workloads) {
    const pods = cluster.podsOf(key);
    const { replicas, update, kind } = workload;
    if (kind === "Placeholder") continue;
    const old = pods.filter((each) => each.revision !== revision && kind !== "ReplicaSet");
    if (old.length === 0 && pods.length === replicas) continue;
    const surge = kind === "Deployment" ? update.maxSurge : 0;
    const unavailable = kind === "Deployment" ? update.maxUnavailable : 1;
    const current = pods.length - old.length;

    const wanted = Math.min(replicas - current, replicas + surge - pods.length);
    for (let i = 0; i < wanted; i++) cluster.addPod(key);
    if (wanted > 0) changed = true;

    // Old pods that do not run are of no use to anyone; of the others as many as may be missing.
    let spare = pods.filter(({ pod }) => pod.ready).length - (replicas - unavailable);
    for (const each of byUselessness(old)) {
      if (each.pod.ready && spare <= 0) continue;
      if (each.pod.ready && --spare < unavailable) complain(cluster, each);
      cluster.removePod(each.pod);
      changed = true;
    }
    const surplus = old.length === 0 ? pods.length - replicas : 0;
    for (const { pod } of byUselessness(pods).slice(0, Math.max(0, surplus))) {
      cluster.removePod(pod);
      changed = true;
    }
  }
  return changed;
}

const byUselessness = (pods: SimPod[]) => pods.toSorted((a, b) => Number(a.pod.ready) - Number(b.pod.ready));

/** Fewer than all replicas are left from here on: whoever began this rollout should have asked the budgets. */
function complain(cluster: SimState, { pod }: SimPod): void {
  for (const budget of budgetsThatForbid(cluster, pod)) cluster.options.onViolation?.(budget, pod);
}

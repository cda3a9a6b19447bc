// What the loss of spot nodes means for one workload: which of its pods have to leave a node that is about to go.
//
// A placement only prefers spot, so it stays: pods of nodes that are gone have found another place by themselves. A node
// that stops for a while and comes back says nothing about spot: only the pods on it get off.
import type { Evidence, Pod } from "../model.ts";
import { percent } from "./objection.ts";
import { type NodeView, isClosed } from "./nodeView.ts";
import { replacesNoPod } from "./replacement.ts";
import { templateOn } from "./room.ts";
import type { Candidate, World } from "./world.ts";

/** Azure takes a node half a minute after the word, Spot Plus within 15 minutes. */
const stillComingMs = 15 * 60_000;

export interface Loss {
  /** `all`: every pod has to go, and a rollout to regular does it without a gap. `pods`: these are evicted. */
  kind: "all" | "pods";
  pods: Pod[];
  message: string;
  evidence: Evidence;
}

/** @returns undefined when none of its pods is on a spot node that is lost and still there, or that stops for a while */
export function lossOf(candidate: Candidate, world: World): Loss | undefined {
  const { pods, workload } = candidate;
  const { nodeByName, spot, now, policy } = world;
  const alive = pods.filter(({ deletingAt }) => deletingAt === undefined);
  const on = (standing: NodeView["standing"]) =>
    alive.filter(({ nodeName }) => {
      const view = nodeByName.get(nodeName ?? "");
      return view?.priority === "spot" && view.standing === standing;
    });
  const causes = (pods: Pod[]) => {
    const nodes = [...new Set(pods.map(({ nodeName }) => nodeName!))].sort();
    return shorten(nodes.map((name) => `${name} ${nodeByName.get(name)!.loss}`));
  };
  const hit = on("lost");
  const interrupted = on("interrupted");
  if (hit.length === 0 && interrupted.length === 0) return undefined;
  const where = [
    ...(hit.length > 0
      ? [`${hit.length} of its ${alive.length} pods are on lost spot nodes (${causes(hit)})`]
      : []),
    ...(interrupted.length > 0
      ? [
          `${interrupted.length} of its ${alive.length} pods are on spot nodes that are about to stop (${causes(interrupted)})`,
        ]
      : []),
  ];
  // What was announced long ago, and has not come, is no reason to leave as a whole: it might return there for ever.
  const since = new Map(spot.losses.map(({ node, at }) => [node, at]));
  const isFresh = hit.every(
    ({ nodeName }) =>
      !nodeByName.get(nodeName!)!.node.ready || now - (since.get(nodeName!) ?? now) < stillComingMs,
  );
  // Evictions would leave a gap, or might come back to a node that still takes pods.
  const placed = templateOn("spot", candidate, world);
  const mayReturn = hit.some(({ nodeName }) => !isClosed(nodeByName.get(nodeName!)!.node, policy, placed));
  const leavesNoOther = workload.replicas === 1 || mayReturn;
  const rolls = workload.placement === "spot" && !replacesNoPod(workload);
  return {
    kind: rolls && isFresh && leavesNoOther && hit.length === alive.length ? "all" : "pods",
    pods: [...hit, ...interrupted],
    message: [
      ...where,
      ...(hit.length > 0 ? [`${percent(spot.lostShare)} of the spot nodes were lost lately`] : []),
    ].join("; "),
    evidence: {
      pods: alive.length,
      hit: hit.length,
      interrupted: interrupted.length,
      lostShare: spot.lostShare,
    },
  };
}

function shorten(list: string[]): string {
  return list.length <= 3 ? list.join(", ") : `${list.slice(0, 3).join(", ")} and ${list.length - 3} more`;
}

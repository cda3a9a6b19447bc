// What the loss of spot nodes means for one workload: all of it must leave spot, some pods must, or nothing.
//
// A node that stops for a while and comes back says nothing about spot: only the pods on it get off.
import type { Evidence, Pod } from "../model.ts";
import { percent } from "./objection.ts";
import type { NodeView } from "./nodeView.ts";
import { wantedReplicas } from "./split.ts";
import type { Candidate, World } from "./world.ts";

export interface Loss {
  /** `all`: spot itself is unstable. `pods`: only these, since spot as a whole is fine and takes them again. */
  kind: "all" | "pods";
  pods: Pod[];
  message: string;
  evidence: Evidence;
}

/** @returns undefined when no spot node under the workload was lost */
export function lossOf({ pods, workload }: Candidate, world: World): Loss | undefined {
  const alive = pods.filter(({ deletingAt }) => deletingAt === undefined);
  const on = (is: (nodeName: string, world: World) => boolean) =>
    alive.filter(({ nodeName }) => nodeName !== undefined && is(nodeName, world));
  const hit = on(isLost);
  const interrupted = on(isInterrupted);
  const { spot, nodeByName } = world;
  // Pods that were re-created elsewhere because their node went away since the workload came to spot.
  const displaced = alive.filter(({ nodeName }) => nodeByName.get(nodeName ?? "")?.priority !== "spot");
  const expected = wantedReplicas(workload, world.policy).regular;
  const lastLossAt = spot.losses.at(-1)?.at ?? -Infinity;
  const sinceItCame = lastLossAt >= (workload.memory?.lastMovedAt ?? -Infinity);
  const wasDisplaced = displaced.length > expected && sinceItCame;
  const there = hit.filter(({ nodeName }) => nodeByName.has(nodeName!));
  const causes = (pods: Pod[]) => {
    const nodes = [...new Set(pods.map(({ nodeName }) => nodeName!))].sort();
    return shorten(nodes.map((name) => `${name} ${nodeByName.get(name)?.loss ?? "gone"}`));
  };
  const counts = { pods: alive.length, hit: hit.length, displaced: displaced.length };
  if (spot.stable ? there.length === 0 : hit.length === 0 && !wasDisplaced) {
    if (interrupted.length === 0) return undefined;
    const message = `${interrupted.length} of its ${alive.length} pods are on spot nodes that stop for a while (${causes(interrupted)})`;
    return {
      kind: "pods",
      pods: interrupted,
      message,
      evidence: { ...counts, interrupted: interrupted.length },
    };
  }

  const where =
    hit.length > 0
      ? `${hit.length} of its ${alive.length} pods are on lost spot nodes (${causes(hit)})`
      : `${displaced.length - expected} of its ${alive.length} pods had to leave lost spot nodes`;
  return {
    kind: spot.stable ? "pods" : "all",
    pods: [...there, ...interrupted],
    message: `${where}; ${percent(spot.lostShare)} of the spot nodes were lost lately`,
    evidence: { ...counts, lostShare: spot.lostShare },
  };
}

function isLost(nodeName: string, { nodeByName }: World): boolean {
  const view: NodeView | undefined = nodeByName.get(nodeName);
  return view === undefined || (view.priority === "spot" && view.standing === "lost");
}

function isInterrupted(nodeName: string, { nodeByName }: World): boolean {
  const view = nodeByName.get(nodeName);
  return view?.priority === "spot" && view.standing === "interrupted";
}

function shorten(list: string[]): string {
  return list.length <= 3 ? list.join(", ") : `${list.slice(0, 3).join(", ")} and ${list.length - 3} more`;
}

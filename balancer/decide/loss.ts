// What the loss of spot nodes means for one workload: all of it must leave spot, some pods must, or nothing.
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
  const hit = alive.filter(({ nodeName }) => nodeName !== undefined && isLost(nodeName, world));
  const { spot, nodeByName } = world;
  // Pods that were re-created elsewhere because their node went away since the workload came to spot.
  const displaced = alive.filter(({ nodeName }) => nodeByName.get(nodeName ?? "")?.priority !== "spot");
  const expected = wantedReplicas(workload, world.policy).regular;
  const lastLossAt = spot.losses.at(-1)?.at ?? -Infinity;
  const sinceItCame = lastLossAt >= (workload.memory?.lastMovedAt ?? -Infinity);
  const wasDisplaced = displaced.length > expected && sinceItCame;
  const there = hit.filter(({ nodeName }) => nodeByName.has(nodeName!));
  if (spot.stable ? there.length === 0 : hit.length === 0 && !wasDisplaced) return undefined;

  const nodes = [...new Set(hit.map(({ nodeName }) => nodeName!))].sort();
  const losses = nodes.map((name) => `${name} ${nodeByName.get(name)?.loss ?? "gone"}`);
  const where =
    hit.length > 0
      ? `${hit.length} of its ${alive.length} pods are on lost spot nodes (${shorten(losses)})`
      : `${displaced.length - expected} of its ${alive.length} pods had to leave lost spot nodes`;
  return {
    kind: spot.stable ? "pods" : "all",
    pods: there,
    message: `${where}; ${percent(spot.lostShare)} of the spot nodes were lost lately`,
    evidence: { pods: alive.length, hit: hit.length, displaced: displaced.length, lostShare: spot.lostShare },
  };
}

function isLost(nodeName: string, { nodeByName }: World): boolean {
  const view: NodeView | undefined = nodeByName.get(nodeName);
  return view === undefined || (view.priority === "spot" && view.standing === "lost");
}

function shorten(list: string[]): string {
  return list.length <= 3 ? list.join(", ") : `${list.slice(0, 3).join(", ")} and ${list.length - 3} more`;
}

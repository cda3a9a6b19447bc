// Lets the pods of an ownerless ReplicaSet follow its template: nothing else would ever replace them.
//
// A move changes the template and evicts one pod. Each later round evicts one more, once the last one's replacement is
// available, until none is left that was made before.
import type { Pod } from "../../model.ts";
import type { Objection } from "../objection.ts";
import type { Draft } from "../draft.ts";
import { evictionMove } from "../eviction.ts";
import { noRoom, roomMade, templateOn } from "../room.ts";
import type { Candidate, World } from "../world.ts";

/** Plans the next eviction, with room for all that are still to follow where there is so much; or says why not. */
export function followTemplate(
  candidate: Candidate,
  stale: Pod[],
  draft: Draft,
  world: World,
): Objection | undefined {
  const { key, workload } = candidate;
  const objection = draft.budget.objection() ?? draft.disruptions.evictionObjection(candidate, 1);
  if (objection) return objection;
  const priority = workload.placement;
  const template = templateOn(priority, candidate, world);
  const place = (count: number) =>
    draft.ledger.place({ key, workload, template, priority, count, leaving: [], evicted: stale });
  const forAll = place(stale.length);
  const placed = "nodes" in forAll ? forAll : place(1);
  if (!("nodes" in placed)) return noRoom(placed, template, priority, stale.length);

  const pod = stale[0]!;
  const node = placed.nodes[0]!.node.name;
  draft.utilization.reserve(priority, template.requests, placed.nodes.length);
  draft.disruptions.take(candidate, 1);
  draft.budget.take(true);
  draft.moves.push(
    evictionMove(workload, [pod], [node], {
      ...roomMade(placed),
      reason: "Following",
      message: `${stale.length} of its pods are from before its template asked for ${priority}`,
      score: 1,
      voluntary: true,
      evidence: { stale: stale.length, replicas: workload.replicas },
    }),
  );
  return undefined;
}

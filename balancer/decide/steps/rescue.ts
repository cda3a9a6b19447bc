// Gets single pods off lost spot nodes while spot as a whole is fine: their workload stays on spot.
import type { Priority } from "../../model.ts";
import type { Objection } from "../objection.ts";
import type { Draft } from "../draft.ts";
import { evictionMove } from "../eviction.ts";
import type { Loss } from "../loss.ts";
import { isClosed } from "../nodeView.ts";
import { noRoom, roomMade, templateOn } from "../room.ts";
import type { Candidate, World } from "../world.ts";

/**
 * Plans evictions, as many as the disruption budgets allow and as fit elsewhere; or says why not. A node that is
 * condemned, but not closed, could be given the same pods again and again until it is gone.
 */
export function rescuePods(
  candidate: Candidate,
  loss: Loss,
  draft: Draft,
  world: World,
): Objection | undefined {
  const movable = loss.pods.filter(({ nodeName }) =>
    isClosed(world.nodeByName.get(nodeName!)!.node, world.policy),
  );
  if (movable.length === 0) {
    const message = `${loss.message}; the nodes still accept pods, so evicted ones might return`;
    return { reason: "WouldReturn", message, evidence: loss.evidence };
  }
  const allowed = Math.min(movable.length, draft.disruptions.left(candidate));
  if (allowed === 0) return draft.disruptions.evictionObjection(candidate, 1);
  const pods = movable.slice(0, allowed);
  const { key, workload } = candidate;
  let objection: Objection | undefined;
  for (const priority of ["spot", "regular"] as const satisfies Priority[]) {
    const template = templateOn(priority, candidate, world);
    const placed = draft.ledger.place({
      ...{ key, workload, template, priority, count: allowed },
      leaving: [],
      evicted: pods,
    });
    if ("misfit" in placed) {
      objection ??= noRoom(placed, template, priority, allowed);
      continue;
    }
    draft.disruptions.take(candidate, allowed);
    draft.budget.take(false);
    draft.moves.push(
      evictionMove(
        workload,
        pods,
        placed.nodes.map(({ node }) => node.name),
        {
          ...roomMade(placed),
          reason: "SpotNodeLost",
          message: loss.message,
          score: 1,
          voluntary: false,
          evidence: loss.evidence,
        },
      ),
    );
    return undefined;
  }
  return objection;
}

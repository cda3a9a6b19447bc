// Room on nodes that the autoscaler has yet to add, for what has to come back to regular.
import type { Books } from "../books.ts";
import type { Placed } from "../fit/ledger.ts";
import type { Intent } from "../intent.ts";
import { unavailableAtOnce } from "../replacement.ts";
import type { World } from "../world.ts";
import { fillAfter, hasToComeBack, tooFull } from "./waterMark.ts";

/** Where regular has no room, but may grow, and no pod stops before its node is there that would not stop anyway. */
export function roomOnNewNodes(intent: Intent, books: Books, world: World): Placed | undefined {
  const { candidate } = intent;
  const { key, workload } = candidate;
  const { template, replicas } = workload;
  // On a node that is lost its pods stop in any case.
  const mayGrow = hasToComeBack(intent.reason) && unavailableAtOnce(workload) === 0;
  if (!mayGrow && intent.reason !== "SpotNodeLost") return undefined;
  const place = (count: number) =>
    books.ledger.place({ key, workload, template, priority: "regular", count, leaving: [] });
  const all = place(replicas);
  if ("nodes" in all) {
    all.undo();
    return undefined;
  }
  const added =
    all.misfit === "NoCapacity" ? books.growth.nodesFor(workload, replicas - all.placed) : undefined;
  if (!added) return undefined;
  // A node that is needed only while old and new pods stand side by side goes again, so it keeps nothing below the mark.
  const isLasting = fillAfter(candidate, "regular", replicas, books.utilization, world) > 1;
  const full = () => (intent.voluntary ? tooFull(intent, "regular", replicas, books, world) : undefined);
  if (!isLasting && full()) return undefined;
  const grow = (times: 1 | -1) => {
    added.take(times);
    books.utilization.grow("regular", added.allocatable, times);
  };
  grow(1);
  const placed = (isLasting ? full() : undefined) ?? place(all.placed);
  if (!("nodes" in placed)) {
    grow(-1);
    return undefined;
  }
  const undo = () => {
    placed.undo();
    grow(-1);
  };
  return { nodes: placed.nodes, evicted: placed.evicted, growsBy: added.count, undo };
}

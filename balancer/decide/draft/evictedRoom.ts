// Room for the replacements of pods that are evicted.
import type { Pod, Priority } from "../../model.ts";
import type { Books } from "../books.ts";
import type { Eviction } from "../eviction.ts";
import type { Placed } from "../fit/ledger.ts";
import type { NotPlaced } from "../fit/search.ts";
import type { Objection } from "../objection.ts";
import { noRoom, templateOn } from "../room.ts";
import type { World } from "../world.ts";

/**
 * Books it, in the utilization too. As many pods go as find room on all sides together, the first side before the others:
 * of what has to leave a lost node, since a wish is of one pod. The pods that are to go later still stand while
 * these are replaced, and count where they are; what room there is for them all is kept, so that the next workload does not
 * take it.
 * @param pods the first ones of the eviction's, as many as are allowed to go
 * @returns a node for each of the first pods: fewer than there are pods where not all that have to leave can
 */
export function evictedRoom(
  { candidate, later = [], sides, leaving = [] }: Eviction,
  pods: Pod[],
  books: Books,
  world: World,
): Placed | Objection {
  const { key, workload } = candidate;
  const place = (
    priority: Priority,
    some: Pod[],
    others: Pod[],
    leaving: Eviction["leaving"] = [],
    stillStand = false,
  ) => {
    const template = templateOn(priority, candidate, world);
    const count = some.length;
    const evicted = [...some, ...others];
    const placed: Placed | NotPlaced = books.ledger.place({
      ...{ key, workload, template, priority, count, leaving, evicted },
    });
    if ("misfit" in placed) return placed;
    const book = (times: 1 | -1) => {
      if (stillStand) books.utilization.reserve(priority, template.requests, times * count);
      else books.utilization.replace(some, priority, template.requests, times);
    };
    book(1);
    const undo = () => {
      book(-1);
      placed.undo();
    };
    return { ...placed, undo };
  };

  const found: Placed[] = [];
  let rest = pods;
  let objection: Objection | undefined;
  for (const priority of sides) {
    const gone = pods.slice(0, pods.length - rest.length);
    let placed = place(priority, rest, gone, leaving);
    if ("misfit" in placed) {
      objection ??= noRoom(placed, templateOn(priority, candidate, world), priority, rest.length);
      if (placed.placed === 0) continue;
      placed = place(priority, rest.slice(0, placed.placed), gone, leaving);
      if ("misfit" in placed) continue;
    }
    found.push(placed);
    rest = rest.slice(placed.nodes.length);
    if (rest.length === 0) break;
  }
  if (found.length === 0) return objection!;
  const kept = later.length > 0 ? place(sides[0]!, later, pods, [], true) : undefined;
  const booked = kept && "nodes" in kept ? [...found, kept] : found;
  return {
    nodes: found.flatMap(({ nodes }) => nodes),
    evicted: found.flatMap(({ evicted }) => evicted),
    undo: () => {
      for (const { undo } of booked.toReversed()) undo();
    },
  };
}

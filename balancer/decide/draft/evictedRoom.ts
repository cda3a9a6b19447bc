// Room for the replacements of pods that are evicted.
import type { Pod } from "../../model.ts";
import type { Books } from "../books.ts";
import type { Eviction } from "../eviction.ts";
import type { Placed } from "../fit/ledger.ts";
import type { Objection } from "../objection.ts";
import { noRoom, templateOn } from "../room.ts";
import type { World } from "../world.ts";

/**
 * Books it on the first side that has it, in the utilization too. The pods that are to go later still stand while these
 * are replaced; what room there is for them all is kept, so that the next workload does not take it.
 * @param pods the first ones of the eviction's, as many as are allowed to go
 */
export function evictedRoom(
  { candidate, later = [], sides, leaving = [] }: Eviction,
  pods: Pod[],
  books: Books,
  world: World,
): Placed | Objection {
  const { key, workload } = candidate;
  let objection: Objection | undefined;
  for (const priority of sides) {
    const template = templateOn(priority, candidate, world);
    const place = (count: number, evicted: Pod[], leaving: Eviction["leaving"] = []) =>
      books.ledger.place({ key, workload, template, priority, count, leaving, evicted });
    const placed = place(pods.length, pods, leaving);
    if ("misfit" in placed) {
      objection ??= noRoom(placed, template, priority, pods.length);
      continue;
    }
    const kept = later.length > 0 ? place(later.length, [...pods, ...later]) : undefined;
    const moved = kept && "nodes" in kept ? [...pods, ...later] : pods;
    books.utilization.replace(moved, priority, template.requests);
    const undo = () => {
      books.utilization.replace(moved, priority, template.requests, -1);
      if (kept && "nodes" in kept) kept.undo();
      placed.undo();
    };
    return { ...placed, undo };
  }
  return objection!;
}

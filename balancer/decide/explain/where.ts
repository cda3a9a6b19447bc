// Where the pods of a workload are now, in words for people.
import { type Candidate, type World, podsOn } from "../world.ts";

/** `spot`, or `regular 2, spot 1` when its pods are on both. */
export function whereOf(candidate: Candidate, world: World): string {
  const waiting = candidate.pods.filter((pod) => pod.nodeName === undefined && pod.deletingAt === undefined);
  const other = podsOn(world, candidate, undefined).length - waiting.length;
  const counts: [string, number][] = [
    ["regular", podsOn(world, candidate, "regular").length],
    ["spot", podsOn(world, candidate, "spot").length],
    ["elsewhere", other],
    ["pending", waiting.length],
  ];
  const found = counts.filter(([, count]) => count > 0);
  if (found.length === 0) return "nowhere";
  return found.length === 1 ? found[0]![0] : found.map(([place, count]) => `${place} ${count}`).join(", ");
}

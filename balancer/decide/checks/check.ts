// A check answers for one workload why it must not move, or nothing when it has no objection.
import type { Objection } from "../objection.ts";
import type { Candidate, World } from "../world/model.ts";

export type Check = (candidate: Candidate, world: World) => Objection | undefined;

/** The first objection, in the order of the checks: the one that a person has to remove first. */
export function firstObjection(checks: Check[], candidate: Candidate, world: World): Objection | undefined {
  for (const check of checks) {
    const objection = check(candidate, world);
    if (objection) return objection;
  }
  return undefined;
}

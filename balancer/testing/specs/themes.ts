// What a generated cluster is about: each theme changes an ordinary cluster so that one thing comes about in it.
//
// Clusters with many flaws at once hardly ever move anything, and laws about moves then rest on nothing. So a cluster is
// in one situation, and at most two workloads beside the subject are peculiar. A new reason, step or kind of move gets a
// line here that brings it about; laws/counts.ts asks whether it does.
import { peculiarities } from "./themes/peculiarities.ts";
import { situations } from "./themes/situations.ts";

export { peculiarities, situations };

type Situation = keyof typeof situations;
type Peculiarity = keyof typeof peculiarities;

/** Situations by their weights, for a generator to choose from. */
export const weightedSituations = Object.entries(situations).flatMap(([name, [weight]]) =>
  Array.from({ length: weight }, () => name as Situation),
);

/** What others' situations often hide comes twice. */
export const weightedPeculiarities: Peculiarity[] = [
  ...(Object.keys(peculiarities) as Peculiarity[]),
  ...(["staleSamples", "paused", "ignored", "manyVolumes", "noDriver"] as const),
];

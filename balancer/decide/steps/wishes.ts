// Grants the wishes that workloads have by themselves: away from lost spot nodes, back to regular, and to spot.
import type { Draft } from "../draft.ts";
import type { Intent } from "../intent.ts";
import type { Judgment } from "../judgment.ts";
import { score } from "../score.ts";
import type { Step } from "../step.ts";
import { compareImportance } from "../tiers.ts";
import type { Policy } from "../../policy.ts";

/** Spot itself is unstable, or a move there got stuck: asked by nobody's leave. */
export const leaveLostSpot: Step = {
  name: "leaveLostSpot",
  run: (draft) => grant(draft, draft.mostImportantFirst, ({ voluntary }) => !voluntary),
};

export const comeBack: Step = {
  name: "comeBack",
  run: (draft) =>
    grant(draft, draft.mostImportantFirst, ({ voluntary, kind }) => voluntary && kind === "ToRegular"),
};

export const goToSpot: Step = {
  name: "goToSpot",
  run: (draft, { policy }) =>
    grant(draft, whatSavesFirst(draft.judgments, policy), ({ kind }) => kind === "ToSpot"),
};

/** Of what is equally important that which saves most, while room and budgets last. */
function whatSavesFirst(judgments: Judgment[], policy: Policy): Judgment[] {
  const saved = new Map(
    judgments.map((one) => [one, score(one.candidate.workload, one.candidate.workload.replicas, policy)]),
  );
  return judgments.toSorted(
    (a, b) => compareImportance(a.candidate, b.candidate) || saved.get(b)! - saved.get(a)!,
  );
}

function grant(draft: Draft, inOrder: Judgment[], isMeant: (intent: Intent) => boolean): void {
  for (const { candidate, intent } of inOrder) {
    if (intent && isMeant(intent)) draft.deny(candidate, draft.propose(intent));
  }
}

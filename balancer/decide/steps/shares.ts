// Brings back what a namespace has too much of on spot, since its share was lowered or it was scaled.
import type { Draft } from "../draft.ts";
import type { Step } from "../step.ts";
import type { Objection } from "../objection.ts";
import type { Candidate } from "../world.ts";

export const keepShares: Step = {
  name: "keepShares",
  run(draft) {
    for (const { candidate, willing } of draft.mostImportantFirst) {
      if (willing === "ToRegular") draft.deny(candidate, comeBackFromExcess(candidate, draft));
    }
  },
};

/** As few as it takes, most important first. */
function comeBackFromExcess(candidate: Candidate, draft: Draft): Objection | undefined {
  const excess = draft.books.shares.excess(candidate);
  if (!excess) return undefined;
  const { message, evidence = {} } = excess;
  return draft.propose({
    ...{ candidate, message, evidence },
    kind: "ToRegular",
    reason: "NoLongerAllowed",
    voluntary: true,
  });
}

// Lets the pods of an ownerless ReplicaSet follow its template: nothing else would ever replace them.
//
// A move changes the template and evicts one pod. Each later round evicts one more, once the last one's replacement is
// available, until none is left that was made before.
import type { Pod } from "../../model.ts";
import type { Draft } from "../draft.ts";
import type { Objection } from "../objection.ts";
import type { Step } from "../step.ts";
import type { Candidate } from "../world.ts";

export const followTemplates: Step = {
  name: "followTemplates",
  run(draft) {
    for (const { candidate, following } of draft.mostImportantFirst) {
      if (following) draft.deny(candidate, followTemplate(candidate, following, draft));
    }
  },
};

/** Plans the next eviction, with room for all that are still to follow where there is so much; or says why not. */
function followTemplate(candidate: Candidate, stale: Pod[], draft: Draft): Objection | undefined {
  const { placement, replicas } = candidate.workload;
  return draft.evict({
    candidate,
    pods: stale.slice(0, 1),
    later: stale.slice(1),
    sides: [placement],
    reason: "Following",
    voluntary: true,
    describe: () => ({
      message: `${stale.length} of its pods are from before its template asked for ${placement}`,
      evidence: { stale: stale.length, replicas },
    }),
  });
}

// Decides what moves: a pure function of what was seen, what policy says, and the time.
import { askForSpot } from "./decide/demand.ts";
import { Draft } from "./decide/draft.ts";
import { judgmentOf } from "./decide/judgment.ts";
import { nextState } from "./decide/nextState.ts";
import type { Objection } from "./decide/objection.ts";
import { steps } from "./decide/steps.ts";
import { byImportance } from "./decide/tiers.ts";
import { type Candidate, buildWorld } from "./decide/world.ts";
import { type Plan, type Refusal, type Snapshot, workloadRef } from "./model.ts";
import type { Policy } from "./policy.ts";

/**
 * Judges every workload by itself. Then the steps grant wishes, in their order, while room and budgets last; what no
 * step has moved is refused, with the reason of the step that denied its wish, or else of its own judgment.
 * @param now milliseconds since 1970
 */
export function decide(snapshot: Snapshot, policy: Policy, now: number): Plan {
  const world = buildWorld(snapshot, policy, now);
  const judgments = world.candidates
    .map((candidate) => judgmentOf(candidate, world))
    .sort((a, b) => byImportance(a.candidate, b.candidate));
  const draft = new Draft(world, judgments);
  for (const step of steps) step.run(draft, world);

  const moved = new Set(draft.plannedKeys());
  const denied = judgments
    .filter(({ candidate }) => !moved.has(candidate.key))
    .map(({ candidate, objection: judged }) => {
      const objection = draft.denialOf(candidate) ?? judged;
      if (!objection) throw new Error(`nothing was decided for ${candidate.key}: a fault in decide`);
      return { candidate, objection };
    });
  return {
    moves: draft.moves,
    refusals: denied.map(({ candidate, objection }) => toRefusal(candidate, objection)),
    ask: askForSpot(world, draft),
    state: nextState(world, draft.moves, denied),
  };
}

function toRefusal({ workload }: Candidate, objection: Objection): Refusal {
  return {
    workload: workloadRef(workload),
    uid: workload.uid,
    reason: objection.reason,
    message: objection.message,
    placement: workload.placement,
    evidence: objection.evidence ?? {},
  };
}

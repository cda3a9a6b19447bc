// Decides what moves: a pure function of what was seen, what policy says, and the time.
import type { Objection } from "./decide/objection.ts";
import { Draft } from "./decide/draft.ts";
import { emptyNodes } from "./decide/steps/emptying.ts";
import { followTemplate } from "./decide/steps/following.ts";
import { type Judgment, judgmentOf } from "./decide/judgment.ts";
import type { Intent } from "./decide/intent.ts";
import { evictionsOfTheDay, placedOnSpot } from "./decide/memory.ts";
import { relievePressure } from "./decide/steps/pressure.ts";
import { gatesToOpen } from "./decide/placeholders.ts";
import { coolHotNodes } from "./decide/steps/cooling.ts";
import { rescuePods } from "./decide/steps/rescue.ts";
import { spotNodesInUse } from "./decide/spotHealth.ts";
import { byImportance } from "./decide/tiers.ts";
import { type Candidate, type World, buildWorld } from "./decide/world.ts";
import {
  type BalancerState,
  type Plan,
  type Refusal,
  type Snapshot,
  workloadKey,
  workloadRef,
} from "./model.ts";
import type { Policy } from "./policy.ts";

/**
 * Judges every workload by itself, then grants wishes while room and budgets last: first what must leave lost nodes,
 * then what wants back to regular (both most important first), then what may go to spot (least important first).
 * @param now milliseconds since 1970
 */
export function decide(snapshot: Snapshot, policy: Policy, now: number): Plan {
  const world = buildWorld(snapshot, policy, now);
  const draft = new Draft(world);
  const judgments = world.candidates
    .map((candidate) => judgmentOf(candidate, world))
    .sort((a, b) => byImportance(a.candidate, b.candidate));
  const mostImportantFirst = judgments.toReversed();
  const denied = new Map<Candidate, Objection>();
  const grant = (inOrder: Judgment[], isMeant: (intent: Intent) => boolean) => {
    for (const { candidate, intent } of inOrder) {
      const objection = intent && isMeant(intent) ? draft.propose(intent) : undefined;
      if (objection) denied.set(candidate, objection);
    }
  };

  grant(mostImportantFirst, ({ voluntary }) => !voluntary);
  for (const { candidate, rescue } of mostImportantFirst) {
    const objection = rescue && rescuePods(candidate, rescue, draft, world);
    if (objection) denied.set(candidate, objection);
  }
  for (const { candidate, following } of mostImportantFirst) {
    const objection = following && followTemplate(candidate, following, draft, world);
    if (objection) denied.set(candidate, objection);
  }
  grant(mostImportantFirst, ({ voluntary, kind }) => voluntary && kind === "ToRegular");
  relievePressure("spot", mostImportantFirst, draft, world);
  grant(judgments, ({ kind }) => kind === "ToSpot");
  relievePressure("regular", judgments, draft, world);
  emptyNodes(judgments, draft, world);
  coolHotNodes(judgments, draft, world);

  const opens = gatesToOpen(world, draft.moves);
  const moved = new Set(draft.moves.map(({ workload }) => workloadKey(workload)));
  return {
    moves: draft.moves,
    refusals: judgments
      .filter(({ candidate }) => !moved.has(candidate.key))
      .map(({ candidate, objection }) => toRefusal(candidate, denied.get(candidate) ?? objection)),
    ...(opens.length > 0 && { opens }),
    state: nextState(world, draft),
  };
}

function toRefusal({ key, workload }: Candidate, objection: Objection | undefined): Refusal {
  if (!objection) throw new Error(`nothing was decided for ${key}: a fault in decide`);
  return {
    workload: workloadRef(workload),
    reason: objection.reason,
    message: objection.message,
    placement: workload.placement,
    evidence: objection.evidence ?? {},
  };
}

/** Evictions leave no trace on a workload, so they are remembered here, before they are done. */
function nextState({ snapshot, spot, nodes, podsByNode, now }: World, { moves }: Draft): BalancerState {
  const evictions = moves
    .filter(({ kind }) => kind === "Rebalance")
    .map(({ workload }) => ({ workload: workloadKey(workload), at: now }));
  const onTheWay = moves.some(({ kind }) => kind === "ToSpot");
  return {
    spotNodesByPool: spotNodesInUse(nodes, podsByNode, placedOnSpot(snapshot), onTheWay),
    spotLosses: spot.losses,
    evictions: [...evictionsOfTheDay(snapshot.state, now), ...evictions],
  };
}

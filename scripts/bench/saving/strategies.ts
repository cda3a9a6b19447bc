// What a cluster may do about spot, from nothing to ours; each plays the same scenario.
import { decide } from "../../../balancer/decide.ts";
import { isOurPlaceholder } from "../../../balancer/decide/podRoles.ts";
import {
  type Move,
  type Plan,
  type Pod,
  type Snapshot,
  type Workload,
  workloadKey,
} from "../../../balancer/model.ts";
import type { Policy } from "../../../balancer/policy.ts";
import type { Mover } from "../../simulate/loop.ts";
import { mayEverBeOnSpot } from "../../simulate/meter.ts";
import { type Scenario, withoutSpot } from "../../simulate/scenario.ts";

export interface Strategy {
  name: string;
  scenario: (scenario: Scenario) => Scenario;
  /** Made anew for each run: it may remember. Undefined: nobody moves anything. */
  mover: () => Mover | undefined;
}

const asIs = (scenario: Scenario) => scenario;

/** Of 1500 millicores each: what people set who know no better number. */
const fixedPlaceholders = 2;

/** Goals for both tiers, from "bears everything" on; policy's own is `ours`. */
const goals = [0.9, 0.994, 0.998, 0.9995];

export const nothing = "doing nothing";
export const preferring = "preferring spot for ever";
export const ours = "ours";

export const strategies: Strategy[] = [
  { name: nothing, scenario: withoutSpot, mover: () => undefined },
  { name: preferring, scenario: asIs, mover: () => preferForEver },
  { name: `${fixedPlaceholders} placeholders`, scenario: asIs, mover: () => withPlaceholders },
  { name: "whole workloads back", scenario: asIs, mover: wholeWorkloadsBack },
  { name: ours, scenario: asIs, mover: () => decide },
  ...goals.map((goal) => ({
    name: `${ours}, goal ${goal * 100} %`,
    scenario: (scenario: Scenario) => withGoal(scenario, goal),
    mover: () => decide,
  })),
];

function withGoal(scenario: Scenario, goal: number): Scenario {
  return { ...scenario, policy: { ...scenario.policy, availability: { low: goal, standard: goal } } };
}

const without = ({ state }: Snapshot, moves: Move[] = []): Plan => ({ moves, refusals: [], state });

/** Once, and whatever happens. */
const preferForEver: Mover = (snapshot, policy) => {
  const regular = snapshot.workloads.filter(({ placement }) => placement === "regular");
  const all = regular.filter((workload) => mayEverBeOnSpot(workload, policy));
  return without(
    snapshot,
    all.map((workload) => ({ ...toSpot(workload), memory: undefined })),
  );
};

function toSpot(workload: Workload): Move {
  return {
    kind: "ToSpot",
    workload,
    uid: workload.uid,
    generation: workload.status.generation,
    source: "regular",
    destination: "spot",
    placement: "spot",
    evictions: [],
    nodes: [],
    reason: "Idle",
    message: "it may run on spot",
    score: 1,
    voluntary: true,
    evidence: {},
  };
}

/** Ours, but spot is asked for a fixed number, whatever is wanted. */
const withPlaceholders: Mover = (snapshot, policy, now) => {
  const present = snapshot.pods.filter(isOurPlaceholder).length;
  const requests = { cpu: 1500, memory: 512 * 2 ** 20 };
  const create = [{ requests, count: Math.max(0, fixedPlaceholders - present) }];
  return { ...decide(snapshot, policy, now), ask: { create, remove: [] } };
};

/** Ours, but whatever had a pod on a node that is gone leaves spot as a whole, and rests. */
function wholeWorkloadsBack(): Mover {
  let before: Pod[] = [];
  return (snapshot: Snapshot, policy: Policy, now: number) => {
    const plan = decide(snapshot, policy, now);
    const nodes = new Set(snapshot.nodes.map(({ name }) => name));
    const hit = new Set(
      before.flatMap(({ nodeName, workload }) =>
        nodeName !== undefined && !nodes.has(nodeName) && nodeName.startsWith("spot") ? [workload] : [],
      ),
    );
    before = snapshot.pods;
    const placed = snapshot.workloads.filter(({ placement }) => placement === "spot");
    const back = placed
      .filter((workload) => hit.has(workloadKey(workload)))
      .map((each) => toRegular(each, now));
    const moved = new Set(back.map(({ workload }) => workloadKey(workload)));
    const others = plan.moves.filter(({ workload }) => !moved.has(workloadKey(workload)));
    return { ...plan, moves: [...others, ...back] };
  };
}

/** Each time it doubles the rest before the next try. */
function toRegular(workload: Workload, now: number): Move {
  const { recentMoves = [], failedReturns = 0 } = workload.memory ?? {};
  return {
    ...toSpot(workload),
    ...{ kind: "ToRegular", source: "spot", destination: "regular", placement: "regular", voluntary: false },
    message: "its node was lost",
    reason: "AvailabilityAtStake",
    memory: {
      ...{ lastMovedAt: now, lastMove: "ToRegular", lastReason: "AvailabilityAtStake" },
      recentMoves: [...recentMoves.filter((at) => now - at < 3_600_000), now],
      failedReturns: failedReturns + 1,
    },
  };
}

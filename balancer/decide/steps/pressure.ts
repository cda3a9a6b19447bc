// Pressure: a side above its high-water mark gives work to the other until it is down at its low-water mark.
import type { MoveReason, Priority } from "../../model.ts";
import { mayGrow } from "../autoscaledPools.ts";
import { percent } from "../objection.ts";
import type { Draft } from "../draft.ts";
import type { Judgment } from "../judgment.ts";
import type { Intent } from "../intent.ts";
import type { Step } from "../step.ts";
import { isSettled } from "../replacement.ts";
import { patienceWith } from "../stuck.ts";
import { comesBackForLoad } from "../workloadUsage.ts";
import { wantedReplicas } from "../split.ts";
import { compareImportance } from "../tiers.ts";
import type { Candidate, World } from "../world.ts";

const relief = {
  regular: { kind: "ToSpot", reason: "RegularPressure" },
  spot: { kind: "ToRegular", reason: "SpotPressure" },
} as const satisfies Record<Priority, { kind: "ToSpot" | "ToRegular"; reason: MoveReason }>;

export const relieveSpot: Step = {
  name: "relieveSpot",
  run: (draft, world) => relieve("spot", draft.mostImportantFirst, draft, world),
};

/**
 * What is busy goes last. It comes back below the low mark (`tooFull`), where its absence relieves nothing any more. What has
 * come back for its load within two cool-downs stays: it would go to and fro.
 */
export const relieveRegular: Step = {
  name: "relieveRegular",
  run(draft, world) {
    relieve("regular", calmFirst(draft, world), draft, world);
  },
};

function* calmFirst({ judgments, wanted }: Draft, world: World): Iterable<Judgment> {
  const isBusy = ({ candidate }: Judgment) => comesBackForLoad(candidate);
  const calm = judgments.filter((each) => !isBusy(each));
  yield* calm;
  // Nodes come for what is not busy. When that has left there is room again, and what is busy would come back.
  if (mayGrow("spot", world) && calm.some(({ candidate }) => wanted.has(candidate.key))) return;
  yield* judgments.filter((each) => isBusy(each) && !hasJustComeBack(each.candidate, world));
}

function hasJustComeBack({ workload: { memory } }: Candidate, { policy, now }: World): boolean {
  return memory?.lastReason === "Busy" && now - memory.lastMovedAt < 2 * policy.cooldown.minutes * 60_000;
}

/**
 * A relief whose effect is not to be seen yet: old pods still stand, or the average of usage still has what they used.
 * What does not arrive in good time is for `stuckMove`, and no reason to wait longer.
 */
function isUnderWay({ workload }: Candidate, reason: MoveReason, { policy, now }: World): boolean {
  const { memory } = workload;
  if (memory?.lastReason !== reason) return false;
  const age = now - memory.lastMovedAt;
  return age < policy.usage.rateMinutes * 60_000 || (age < patienceWith(workload) && !isSettled(workload));
}

/**
 * Asks the willing in the given order. Who is not needed, or finds no room, keeps the reason that it has: that the
 * other side is full explains nothing to the owner of a workload which is where it wants to be.
 */
function relieve(side: Priority, inOrder: Iterable<Judgment>, draft: Draft, world: World): void {
  const { highUtilization, lowUtilization } = world.policy.pressure[side];
  const queue = side === "spot" ? world.spotQueue : { pods: 0, cpu: 0 };
  const { utilization } = draft.books;
  // Where spot may grow, what is requested of it is no pressure: the autoscaler packs nodes fuller than the mark, and a
  // pod that finds no room there gets a node.
  const isOfUse = side === "spot" && mayGrow(side, world);
  const load = () => (isOfUse ? utilization.useOf(side) : utilization.of(side));
  const before = load();
  if (before <= highUtilization && queue.pods === 0) return;

  const { kind, reason } = relief[side];
  if (draft.judgments.some(({ candidate }) => isUnderWay(candidate, reason, world))) return;
  const message =
    before > highUtilization
      ? `${side} nodes are at ${percent(before)}, above ${percent(highUtilization)}`
      : `${queue.pods} pods that can only run on spot wait for room there`;
  const evidence = { utilization: before, highUtilization, lowUtilization, waiting: queue.pods };
  // Only spot has a queue, so only what leaves spot counts.
  const freedCpu = ({ candidate: { workload } }: Intent) =>
    wantedReplicas(workload, world.policy).spot * workload.template.requests.cpu;
  const isRelievedBy = (granted: Intent[]) =>
    load() <= lowUtilization && granted.reduce((sum, intent) => sum + freedCpu(intent), 0) >= queue.cpu;

  const granted: Intent[] = [];
  for (const { willing, candidate } of inOrder) {
    if (isRelievedBy(granted)) break;
    if (willing !== kind || !utilization.counts(candidate.pods, side)) continue;
    const intent: Intent = { candidate, kind, reason, voluntary: true, message, evidence };
    if (!draft.propose(intent)) granted.push(intent);
  }
  if (!isRelievedBy(granted)) {
    // What is busy goes only where the pressure ends by it: what ends it later would bring it back.
    const calm =
      side === "regular" ? granted.filter(({ candidate }) => !comesBackForLoad(candidate)) : granted;
    if (load() > highUtilization && calm.length < granted.length) draft.keepOnly(calm, granted);
    return;
  }
  const kept = needed(granted, side, draft, load, isRelievedBy);
  if (kept.length < granted.length) draft.keepOnly(kept, granted);
}

/**
 * Without which the mark would not be reached. Small ones are asked in vain when a large one has to go after all; they
 * would come back as soon as they found room. Those asked last stay first, among equals those of the least use.
 */
function needed(
  granted: Intent[],
  side: Priority,
  draft: Draft,
  load: () => number,
  isRelievedBy: (granted: Intent[]) => boolean,
): Intent[] {
  const book = (intent: Intent, times: 1 | -1) => {
    const { workload, pods } = intent.candidate;
    draft.books.utilization.move(workload, pods, draft.sharesAfter(intent).coming, times);
  };
  const use = new Map(
    granted.map((intent) => {
      book(intent, -1);
      const without = load();
      book(intent, 1);
      return [intent, without];
    }),
  );
  const direction = side === "regular" ? -1 : 1;
  const busy = ({ candidate }: Intent) => Number(side === "regular" && comesBackForLoad(candidate));
  const lastAskedFirst = granted.toSorted(
    (a, b) =>
      busy(b) - busy(a) ||
      direction * compareImportance(a.candidate, b.candidate) ||
      use.get(a)! - use.get(b)!,
  );
  let kept = granted;
  for (const intent of lastAskedFirst) {
    const others = kept.filter((each) => each !== intent);
    book(intent, -1);
    if (isRelievedBy(others)) kept = others;
    else book(intent, 1);
  }
  for (const intent of granted) if (!kept.includes(intent)) book(intent, 1);
  return kept;
}

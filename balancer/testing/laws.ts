// Single rounds on generated clusters, each worked out once for all laws that are asked about it.
//
// A fixed seed, so that a run finds today what it found yesterday, and another one each time. What fails is shrunk.
import fc from "fast-check";
import { decide } from "../decide.ts";
import { type Plan, type Snapshot, type Workload, workloadKey } from "../model.ts";
import type { Policy } from "../policy.ts";
import { noon } from "./builders.ts";
import { buildCluster } from "./specs/buildCluster.ts";
import { type ClusterSpec, specPolicy } from "./specs/clusterSpec.ts";
import { distort } from "./specs/distort.ts";
import { clusterSpec, runs } from "./specs/generators.ts";

export interface Round {
  spec: ClusterSpec;
  snapshot: Snapshot;
  policy: Policy;
  plan: Plan;
}

/** `LAWS_SEED` repeats a run. */
const randomSeed = Number(process.env["LAWS_SEED"] ?? Date.now() % 1e9);
const samples = [
  { seed: 1, numRuns: runs(3000) },
  { seed: randomSeed, numRuns: runs(1000) },
];
/** To be read in a title: what a run was about, and how to have it again. */
export const again = `LAWS_SEED=${randomSeed}`;

let rounds: { sample: { seed: number; numRuns: number }; rounds: Round[] }[] | undefined;

/** All rounds of this run, worked out when they are asked for first. */
export function allRounds(): Round[] {
  return roundsBySeed().flatMap((each) => each.rounds);
}

function roundsBySeed() {
  rounds ??= samples.map((sample) => ({ sample, rounds: fc.sample(clusterSpec, sample).map(roundOf) }));
  return rounds;
}

/** To be called after the last law. */
export const forgetRounds = (): void => void (rounds = undefined);

export function roundOf(spec: ClusterSpec): Round {
  const snapshot = withStrays(distort(buildCluster(spec).snapshot(), spec));
  const policy = specPolicy(spec);
  return { spec, snapshot, policy, plan: decide(snapshot, policy, noon) };
}

/** A law holds for every round; one that it does not hold for is made as small as it can be. */
export function law(title: string, check: (round: Round) => void): void {
  it(title, () => {
    for (const { sample, rounds } of roundsBySeed()) {
      if (!rounds.some((round) => isBroken(check, round))) continue;
      const property = fc.property(clusterSpec, (spec) => check(roundOf(spec)));
      fc.assert(property, sample);
      throw new Error(`broken for seed ${sample.seed}, but not when asked again`);
    }
  });
}

function isBroken(check: (round: Round) => void, round: Round): boolean {
  try {
    check(round);
    return false;
  } catch {
    return true;
  }
}

/** Pods that belong to nobody, in a namespace that is opted in: on the first node, and on one that is unknown. */
function withStrays(snapshot: Snapshot): Snapshot {
  const stray = {
    namespace: "demo",
    uid: "",
    labels: { app: "w0" },
    ready: true,
    createdAt: noon,
    requests: { cpu: 1, memory: 1 },
  };
  const nodeName = snapshot.nodes[0]?.name;
  return {
    ...snapshot,
    pods: [
      ...snapshot.pods,
      { ...stray, name: "bare", nodeName },
      { ...stray, name: "mirror", mirror: true, nodeName: "unknown" },
    ],
  };
}

export const workloadsByKey = ({ snapshot }: Round) =>
  new Map(snapshot.workloads.map((workload) => [workloadKey(workload), workload]));

export const movedWorkload = (round: Round, move: Plan["moves"][number]): Workload =>
  workloadsByKey(round).get(workloadKey(move.workload))!;

// Single rounds on generated clusters, each worked out once for all laws that are asked about it.
import fc from "fast-check";
import { decide } from "../decide.ts";
import { type Plan, type Snapshot, type Workload, workloadKey } from "../model.ts";
import type { Policy } from "../policy.ts";
import { noon } from "./builders.ts";
import { type ClusterSpec, specPolicy } from "./specs/clusterSpec.ts";
import { clusterSpec, runs } from "./specs/generators.ts";
import { buildCluster } from "./specs/buildCluster.ts";

export interface Round {
  snapshot: Snapshot;
  policy: Policy;
  plan: Plan;
}

/** One seed for all laws: the same clusters for each, so that a round is worked out once. Printed on failure. */
export const seed = Date.now();
const rounds = new Map<string, Round>();

/** To be called after the last law. */
export const forgetRounds = (): void => rounds.clear();

export function roundOf(spec: ClusterSpec): Round {
  const key = JSON.stringify(spec);
  let round = rounds.get(key);
  if (!round) {
    const snapshot = withStrays(buildCluster(spec).snapshot());
    const policy = specPolicy(spec);
    rounds.set(key, (round = { snapshot, policy, plan: decide(snapshot, policy, noon) }));
  }
  return round;
}

export function law(title: string, check: (round: Round) => void): void {
  it(title, () => {
    fc.assert(
      fc.property(clusterSpec, (spec) => check(roundOf(spec))),
      { numRuns: runs(1500), seed },
    );
  });
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

// Single rounds on generated clusters, each worked out once for all laws that are asked about it.
import { decide } from "../decide.ts";
import { type Plan, type Snapshot, type Workload, workloadKey } from "../model.ts";
import type { Policy } from "../policy.ts";
import { noon } from "./builders.ts";
import { Sampled } from "./laws/sampled.ts";
import { buildCluster } from "./specs/buildCluster.ts";
import { type ClusterSpec, specPolicy } from "./specs/clusterSpec.ts";
import { distort } from "./specs/distort.ts";
import { clusterSpec } from "./specs/generators.ts";

export interface Round {
  spec: ClusterSpec;
  snapshot: Snapshot;
  policy: Policy;
  plan: Plan;
}

const rounds = new Sampled(clusterSpec, roundOf, 3000, 1000);

/** All rounds of this run. */
export const allRounds = (): Round[] => rounds.all();

/** To be called after the last law. */
export const forgetRounds = (): void => rounds.forget();

export const law = (title: string, check: (round: Round) => void, every?: number): void =>
  rounds.law(title, check, every);

/** Of the laws that decide a cluster once more, every fourth is enough: they would take half of the time. */
export const seldom = 4;

export function roundOf(spec: ClusterSpec): Round {
  const snapshot = withStrays(distort(buildCluster(spec).snapshot(), spec));
  const policy = specPolicy(spec);
  return { spec, snapshot, policy, plan: decide(snapshot, policy, noon) };
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

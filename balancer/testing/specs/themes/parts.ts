// What themes are put together from: changes of a cluster's spec that go well with each other.
import type { AutoscalerState, ClusterSpec, NodeSpec, WorkloadSpec } from "../clusterSpec.ts";

/** @param subject one of the spec's workloads: an idle one in `demo` on regular, unless another theme changed it */
export type Theme = (spec: ClusterSpec, subject: WorkloadSpec) => void;

/** The theme changes nothing but its subject. */
export const having =
  (changes: Partial<WorkloadSpec>): Theme =>
  (_spec, subject) =>
    void Object.assign(subject, changes);

export const all =
  (...themes: Theme[]): Theme =>
  (spec, subject) =>
    themes.forEach((theme) => theme(spec, subject));

export const withPolicy =
  (changes: ClusterSpec["policy"]): Theme =>
  ({ policy }) =>
    void Object.assign(policy, changes);

export const withAutoscaler =
  (autoscaler: { regular?: AutoscalerState; spot?: AutoscalerState }, maxRegular?: number): Theme =>
  (spec) =>
    void Object.assign(spec, { autoscaler, ...(maxRegular && { maxRegular }) });

/** Of `demo`; the subject's pods are in its scope by their priority, others' may be. */
export const withQuota =
  (left: NonNullable<ClusterSpec["quota"]>["left"]): Theme =>
  (spec, subject) => {
    const ofImportant = spec.workloads.length % 2 === 1;
    spec.quota = { left, ...(ofImportant && { ofImportant }) };
    if (ofImportant) subject.podPriority = 100;
  };

export const nodesBecome =
  (pool: NodeSpec["pool"], changes: Partial<NodeSpec>): Theme =>
  ({ nodes }) => {
    for (const node of nodes) if (node.pool === pool) Object.assign(node, changes);
  };

/** Adds a node; the subject's pods are on it. */
export const onNodeOfItsOwn =
  (node: Partial<NodeSpec>): Theme =>
  ({ nodes }, subject) => {
    subject.on = nodes.push({ pool: "regular", cores: 2, zone: "a", ...node }) - 1;
  };

export const alsoThere =
  (workload: Partial<WorkloadSpec>): Theme =>
  ({ workloads }) =>
    void workloads.push({ namespace: "unlisted", replicas: 1, cpu: 100, load: 0.2, ...workload });

/** Fills every node of a pool but for so many millicores, with pods that are none of our business. */
export const fillEach =
  (pool: NodeSpec["pool"], spare: number, by: Partial<WorkloadSpec> = {}): Theme =>
  ({ nodes, workloads }) => {
    nodes.forEach((node, on) => {
      const cpu = node.cores * 1000 - spare;
      if (node.pool === pool) {
        workloads.push({ namespace: "unlisted", replicas: 1, load: 0.2, ...by, on, cpu });
      }
    });
  };

/** Small pods take every slot of each node (buildCluster.ts gives it eight). */
export const crowdEach =
  (pool: NodeSpec["pool"]): Theme =>
  ({ nodes, workloads }) => {
    nodes.forEach((node, on) => {
      if (node.pool !== pool) return;
      workloads.push({ namespace: "unlisted", replicas: 8, cpu: 10, load: 0.2, on });
    });
  };

export const onSpot = having({ placement: "spot" });
export const partly = having({ replicas: 3, cpu: 100, onlyFirst: true });
export const wasMoved = (minutesAgo: number, to: "ToSpot" | "ToRegular", failedReturns = 0) =>
  having({ moved: { minutesAgo, to, failedReturns } });
export const placeholders: Partial<WorkloadSpec> = {
  namespace: "placeholder",
  podPriority: -10,
  needsSpot: true,
};
/** 600 millicores requested, 900 used: two of them make a node of 2000 hot. */
export const hot: Partial<WorkloadSpec> = { cpu: 600, replicas: 2, load: 1.5 };
/** In a second pool, with a cool one beside it. */
export const anotherHotNode: Theme = ({ nodes, workloads }) => {
  const node: NodeSpec = { pool: "regular", second: true, cores: 2, zone: "a" };
  const on = nodes.push(node, node) - 1;
  workloads.push({ namespace: "demo", ...hot, on } as WorkloadSpec);
};

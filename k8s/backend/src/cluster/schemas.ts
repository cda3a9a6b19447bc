// What the page is told of the cluster, as JSON Schema.
import { type Static, type TSchema, Type } from "typebox";
import type { Delta } from "./collection.ts";

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Resources = { cpuCores: Type.Number(), memoryBytes: Type.Number() };

export const ClusterNode = Type.Object({
  name: Type.String(),
  pool: Type.String(),
  priority: Type.Enum(["regular", "spot"]),
  system: Type.Boolean({ description: "Of a pool for critical add-ons" }),
  ready: Type.Boolean(),
  schedulable: Type.Boolean(),
  instanceType: Type.String(),
  allocatable: Type.Object({ ...Resources, pods: Type.Number() }),
});
export const ClusterPod = Type.Object({
  uid: Type.String(),
  namespace: Type.String(),
  name: Type.String(),
  node: nullable(Type.String()),
  phase: Type.String({ description: "As Kubernetes has it; Gated while a scheduling gate is closed" }),
  ready: Type.Boolean(),
  owner: nullable(Type.String({ description: "Kind/name; a Deployment rather than its ReplicaSet" })),
  requests: Type.Object(Resources),
  createdAt: Type.String(),
  deleting: Type.Boolean(),
});
export const Autoscaler = Type.Object({
  namespace: Type.String(),
  name: Type.String(),
  target: Type.String({ description: "Kind/name of what it scales" }),
  min: Type.Integer(),
  max: Type.Integer(),
  current: Type.Integer(),
  desired: Type.Integer(),
  metrics: Type.Array(
    Type.Object({ name: Type.String(), current: nullable(Type.Number()), target: Type.Number() }),
  ),
});
export const BalancingEvent = Type.Object({
  uid: Type.String(),
  time: Type.String(),
  namespace: Type.String(),
  workload: Type.String({ description: "Kind/name" }),
  action: Type.String(),
  reason: Type.String(),
  type: Type.String(),
  note: Type.String(),
  count: Type.Integer(),
});
export const Saving = nullable(Type.Object({ perMonth: Type.Number(), time: Type.String() }));
export const Cluster = Type.Object({
  nodes: Type.Array(ClusterNode),
  pods: Type.Array(ClusterPod),
  autoscalers: Type.Array(Autoscaler),
  events: Type.Array(BalancingEvent, { description: "Newest first" }),
  saving: Saving,
});
export type ClusterNode = Static<typeof ClusterNode>;
export type ClusterPod = Static<typeof ClusterPod>;
export type Autoscaler = Static<typeof Autoscaler>;
export type BalancingEvent = Static<typeof BalancingEvent>;
export type Saving = Static<typeof Saving>;
export type Cluster = Static<typeof Cluster>;

/** What changed since the page was last told. */
export interface ClusterDelta {
  nodes?: Delta<ClusterNode>;
  pods?: Delta<ClusterPod>;
  autoscalers?: Delta<Autoscaler>;
  events?: Delta<BalancingEvent>;
  saving?: Saving;
}

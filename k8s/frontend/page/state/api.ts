// What the backend's API says: the types of its schemas, and nothing of them once the page is built.
export type {
  Autoscaler,
  BalancingEvent,
  Cluster,
  ClusterDelta,
  ClusterNode as Node,
  ClusterPod as Pod,
} from "../../../backend/src/cluster/schemas.ts";
export type {
  BurstResult,
  CpuTestResult,
  History,
  Info,
  Process,
  Sample,
  Status,
} from "../../../backend/src/schemas.ts";

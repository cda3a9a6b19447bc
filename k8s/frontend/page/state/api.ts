// What the backend's API says (../../../backend/README.md): the parts that the page shows.
export interface Sample {
  machine: string;
  /** ISO 8601, UTC. */
  time: string;
  cpu: { utilization: number; cores: number };
  memory: { totalBytes: number; usedBytes: number };
  processes?: Processes;
}

export interface Processes {
  running: number;
  sleeping: number;
  stopped: number;
  zombie: number;
  top: Process[];
}

export interface Process {
  pid: number;
  name: string;
  state: "running" | "sleeping" | "stopped" | "zombie";
  cpuCores: number;
  memoryBytes: number;
}

export interface Node {
  name: string;
  pool: string;
  priority: "regular" | "spot";
  /** Of a pool for critical add-ons. */
  system: boolean;
  ready: boolean;
  schedulable: boolean;
  instanceType: string;
  allocatable: { cpuCores: number; memoryBytes: number; pods: number };
}

export interface Pod {
  uid: string;
  namespace: string;
  name: string;
  node: string | null;
  phase: string;
  ready: boolean;
  /** `Deployment/nginx-demo` */
  owner: string | null;
  requests: { cpuCores: number; memoryBytes: number };
  createdAt: string;
  deleting: boolean;
}

export interface Autoscaler {
  namespace: string;
  name: string;
  target: string;
  min: number;
  max: number;
  current: number;
  desired: number;
  metrics: { name: string; current: number | null; target: number }[];
}

export interface BalancingEvent {
  uid: string;
  time: string;
  namespace: string;
  /** `Deployment/nginx-demo` */
  workload: string;
  action: string;
  reason: string;
  type: "Normal" | "Warning";
  note: string;
  count: number;
}

export interface Saving {
  /** USD */
  perMonth: number;
  time: string;
}

export interface Cluster {
  nodes: Node[];
  pods: Pod[];
  autoscalers: Autoscaler[];
  events: BalancingEvent[];
  saving: Saving | null;
}

interface Change<Item> {
  changed: Item[];
  removed: string[];
}

export interface ClusterDelta {
  nodes?: Change<Node>;
  pods?: Change<Pod>;
  autoscalers?: Change<Autoscaler>;
  events?: Change<BalancingEvent>;
  saving?: Saving | null;
}

export interface Link {
  up: boolean;
  since: string;
  problem: string | null;
}

export interface Status {
  database: Link;
  cluster: Link;
}

export interface Info {
  variant: "a" | "b";
  version: string;
  instance: string;
  machine: string;
  features: { cpuTest: { maxSeconds: number } | null; burst: { maxRequests: number } | null };
}

export interface History {
  points: { time: string; cpuUtilization: number; cpuUtilizationMax: number; memoryUsedBytes: number }[];
}

export interface CpuTestResult {
  variant: string;
  instance: string;
  seconds: number;
  iterations: number;
}

export interface BurstResult {
  requests: number;
  succeeded: number;
  failed: number;
  variants: { a: number; b: number };
  seconds: number;
  latencyMs: { p50: number; p95: number; max: number };
}

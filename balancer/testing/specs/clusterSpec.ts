// A cluster in few words, as property tests generate and print it; specCluster.ts builds it.
import { type Policy, parsePolicy } from "../../policy.ts";

export interface NodeSpec {
  pool: "regular" | "spot" | "system";
  /** Of a second pool of the same kind. */
  second?: true;
  cores: number;
  zone: "a" | "b";
  /** Comes about after the pods were scheduled. */
  fate?: "condemned" | "notReady" | "cordoned" | "deleting" | "retiring" | "gone";
}

export interface WorkloadSpec {
  namespace: "demo" | "shop" | "closed" | "unlisted";
  kind?: "StatefulSet" | "DaemonSet" | "ReplicaSet";
  replicas: number;
  /** Requests of one replica. */
  cpu: number;
  /** Usage as a part of the requests: now; over the window, if different. */
  load: number;
  loadBefore?: number;
  placement?: "spot";
  tier?: "critical" | "low" | "ignore";
  podPriority?: number;
  surge?: number;
  unavailable?: number;
  /** Of the disruption budget over its pods. */
  minAvailable?: number;
  /** Its pods share the label `team: x`, a disruption budget with others, and perhaps a dislike of each other. */
  inTeam?: true;
  rule?:
    | "apartByHost"
    | "apartFromTeam"
    | "apartByZone"
    | "togetherInZone"
    | "spreadByHost"
    | "spreadByZone"
    | "zoneA"
    | "zoneVolume"
    | "hostPort";
  flaw?:
    | "recreate"
    | "paused"
    | "local"
    | "foreignOwner"
    | "controlled"
    | "noSamples"
    | "rolling"
    | "arriving"
    | "scaling"
    | "noRequests";
  moved?: { minutesAgo: number; to: "ToSpot" | "ToRegular"; failedReturns?: number };
}

export interface ClusterSpec {
  nodes: NodeSpec[];
  workloads: WorkloadSpec[];
  policy: {
    perRound: number;
    perHour: number;
    share?: number;
    floor?: number;
    statefulSets?: boolean;
    highRegular?: number;
  };
  lossesMinutesAgo?: number[];
  /** Nodes up to which the regular pool may grow. */
  maxRegular?: number;
  /** Of the disruption budget over all pods of team x in `demo`. */
  teamMinAvailable?: number;
  noUsage?: true;
}

export function specPolicy({ policy }: ClusterSpec): Policy {
  const { perRound, perHour, share = 1, floor = 0, statefulSets = false, highRegular = 0.85 } = policy;
  return parsePolicy(`
namespaces:
  demo: { maxSpotShare: ${share} }
  shop: { regularFloor: ${floor}, order: -1 }
  closed: { allowed: false }
budgets: { maxMovesPerRound: ${perRound}, maxMovesPerHour: ${perHour} }
statefulSets: { enabled: ${statefulSets} }
pressure: { regular: { highUtilization: ${highRegular}, lowUtilization: ${highRegular - 0.1} } }
`);
}

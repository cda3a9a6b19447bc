// A cluster in few words, as property tests generate and print it; buildCluster.ts builds it.
import { type Policy, parsePolicy } from "../../policy.ts";

export interface NodeSpec {
  pool: "regular" | "spot" | "system";
  /** Of a second pool of the same kind. */
  second?: true;
  cores: number;
  zone: "a" | "b";
  /** Keeps pods away (`NoSchedule`) that nobody here tolerates, or only advises against itself. */
  taint?: "keepsAway" | "advises";
  /** Comes about after the pods were scheduled. */
  fate?: "condemned" | "outOfService" | "notReady" | "cordoned" | "deleting" | "retiring" | "gone";
}

export const rules = [
  "apartByHost",
  "apartFromTeam",
  "apartByZone",
  "togetherInZone",
  "nearTeam",
  "nearNobody",
  "spreadByHost",
  "spreadByZone",
  "spreadOverThree",
  "zoneA",
  "noSuchNode",
  "zoneVolume",
  "hostPort",
] as const;

export const flaws = [
  "recreate",
  "onDelete",
  "paused",
  "local",
  "exclusive",
  "gpu",
  "doNotDisturb",
  "unreadable",
  "emptyDir",
  /** It needs more volumes than any spot node takes. */
  "manyVolumes",
  /** A volume of it needs a driver that runs on no spot node. */
  "noDriver",
  "foreignOwner",
  "controlled",
  "noSamples",
  "fewSamples",
  "staleSamples",
  "noRequests",
  /** A rollout of somebody else is under way. */
  "rolling",
  /** Sent to spot a minute ago; none of its pods has been replaced yet. */
  "arriving",
  /** As `arriving`, but so long ago that it must be stuck. */
  "stuck",
  /** Its split keeps a pod waiting. */
  "splitStuck",
  /** One of its pods waits for a node, for ten minutes. */
  "waiting",
  /** Its autoscaler is about to change the replicas, did so two minutes ago, or leaves them as they are. */
  "scaling",
  "scaled",
  "steady",
] as const;

export interface WorkloadSpec {
  namespace: "demo" | "shop" | "closed" | "unlisted" | "placeholder";
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
  rule?: (typeof rules)[number];
  flaw?: (typeof flaws)[number];
  /** Position of the node that all of its pods are on, whatever the scheduler would say. */
  on?: number;
  /** Only the first of its pods is `on` that node. */
  onlyFirst?: true;
  /** Runs on spot nodes only. */
  needsSpot?: true;
  /** Its last move to spot, a minute ago. */
  cameToNothing?: "Refused" | "Undone";
  moved?: { minutesAgo: number; to: "ToSpot" | "ToRegular"; failedReturns?: number };
}

/** What the cluster autoscaler says of a pool. */
export type AutoscalerState = "healthy" | "backoff" | "unhealthy" | "silent";

export interface ClusterSpec {
  nodes: NodeSpec[];
  workloads: WorkloadSpec[];
  policy: {
    perRound?: number;
    perHour?: number;
    share?: number;
    /** In namespace `shop`. */
    floor?: number;
    /** Of availability, in namespace `shop`. */
    goal?: number;
    statefulSets?: boolean;
    highRegular?: number;
    highSpot?: number;
    /** Part of a spot pool's nodes that may be lost. */
    tolerated?: number;
    scoreThreshold?: number;
    /** Moves to spot only at night. */
    atNight?: true;
    /** What has an emptyDir volume is left alone. */
    keepsScratch?: true;
  };
  lossesMinutesAgo?: number[];
  /** All of spot was lost then, and nothing since. */
  allLostHoursAgo?: number;
  /** Losses have cost far more than any availability allows. */
  overdrawn?: boolean;
  /** Of the regular pools, and of the spot pools; missing: it says of regular that it is healthy. */
  autoscaler?: { regular?: AutoscalerState; spot?: AutoscalerState };
  /** Nodes up to which the regular pool may grow. */
  maxRegular?: number;
  /** Of the disruption budget over all pods of team x in `demo`. */
  teamMinAvailable?: number;
  noUsage?: true;
  /** Namespace `demo` is being deleted. */
  closing?: true;
  /** What a quota leaves of namespace `demo`, of all pods or of those of priority 100 and above. */
  quota?: {
    left: { pods?: number; cpu?: number; limitsCpu?: number; replicaSets?: number };
    ofImportant?: true;
  };
}

/** Reading YAML would take most of a law's time. */
const policies = new Map<string, Policy>();

export function specPolicy({ policy }: ClusterSpec): Policy {
  const key = JSON.stringify(policy);
  let parsed = policies.get(key);
  if (!parsed) policies.set(key, (parsed = toPolicy(policy)));
  return parsed;
}

function toPolicy(policy: ClusterSpec["policy"]): Policy {
  const { perRound = 5, perHour = 60, share = 1, floor = 0, goal, statefulSets = false } = policy;
  const {
    highRegular = 0.85,
    highSpot = 0.95,
    tolerated = 0.1,
    scoreThreshold = 0.0001,
    atNight,
    keepsScratch = false,
  } = policy;
  const windows = atNight ? 'windows: [{ from: "22:00", to: "06:00" }]' : "";
  const ofShop = goal === undefined ? "" : `, availability: ${goal}`;
  return parsePolicy(`
namespaces:
  demo: { maxSpotShare: ${share}, ${windows} }
  shop: { regularFloor: ${floor}, order: -1${ofShop} }
  closed: { allowed: false }
pools: { spot: { toleratedLossShare: ${tolerated} } }
budgets: { maxMovesPerRound: ${perRound}, maxMovesPerHour: ${perHour} }
statefulSets: { enabled: ${statefulSets} }
leaveAlone: { emptyDir: ${keepsScratch} }
score: { threshold: ${scoreThreshold} }
pressure:
  regular: { highUtilization: ${highRegular}, lowUtilization: ${highRegular - 0.1} }
  spot: { highUtilization: ${highSpot}, lowUtilization: ${highSpot - 0.1} }
`);
}

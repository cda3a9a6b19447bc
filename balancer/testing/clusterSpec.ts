// A cluster in few words, as property tests generate and print it, and how it becomes a cluster.
import type { Autoscaler, Node, PodTemplate, WorkloadMemory } from "../model.ts";
import { type Policy, parsePolicy } from "../policy.ts";
import type { SimBudget } from "../simulate/budgets.ts";
import { SimCluster } from "../simulate/cluster.ts";
import { schedule } from "../simulate/scheduler.ts";
import { buildNode, buildWorkload, gibibyte, minute, noon, spotToleration } from "./builders.ts";

export interface NodeSpec {
  pool: "regular" | "spot" | "system";
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

/** Pods are where the scheduler would have put them; only then the nodes meet their fate. */
export function buildCluster(spec: ClusterSpec): SimCluster {
  const policy = specPolicy(spec);
  const cluster = new SimCluster(policy, noon);
  spec.nodes.forEach((node, i) => {
    const view = toNode(node, `${node.pool}-${i}`);
    cluster.nodes.set(view.name, view);
  });
  spec.workloads.forEach((each, i) => addWorkload(cluster, each, `w${i}`));
  if (spec.teamMinAvailable !== undefined) {
    const selector = [{ key: "team", operator: "In" as const, values: ["x"] }];
    cluster.budgets.push({ namespace: "demo", name: "team", minAvailable: spec.teamMinAvailable, selector });
  }
  schedule(cluster);
  spec.workloads.forEach(({ flaw }, i) => {
    if (flaw === "arriving") sendToSpot(cluster, `w${i}`);
  });
  const used = [...cluster.pods.values()].map(({ pod }) => pod.nodeName);
  spec.nodes.forEach(({ pool, fate }, i) => meetFate(cluster, `${pool}-${i}`, fate));
  cluster.state = {
    spotNodes: [...new Set(used)].filter((name) => name?.startsWith("spot")).map(String),
    spotLosses: (spec.lossesMinutesAgo ?? []).map((ago, i) => ({
      node: `old-${i}`,
      at: noon - ago * minute,
    })),
    evictions: [],
  };
  cluster.extras = {
    poolHealth: [{ pool: "aks-regular-0-vmss", health: "Healthy", backoff: false, minSize: 1 }],
    ...(spec.noUsage && { usageProblem: "Prometheus does not answer" }),
    autoscalers: spec.workloads.flatMap((each, i) =>
      each.flaw === "scaling" ? [toAutoscaler(each, `w${i}`)] : [],
    ),
  };
  return cluster;
}

function toNode({ pool, cores, zone }: NodeSpec, name: string): Node {
  return buildNode(pool, name, {
    allocatable: { cpu: cores * 1000, memory: cores * 4 * gibibyte, pods: 8 },
    labels: { "topology.kubernetes.io/zone": zone },
  });
}

function meetFate(cluster: SimCluster, name: string, fate: NodeSpec["fate"]): void {
  const node = cluster.nodes.get(name)!;
  const change = (changes: Partial<Node>) => cluster.nodes.set(name, { ...node, ...changes });
  if (fate === "condemned") change({ conditions: ["VMEventScheduled"] });
  if (fate === "notReady") change({ ready: false });
  if (fate === "cordoned") change({ cordoned: true });
  if (fate === "deleting") change({ deletingAt: noon });
  if (fate === "retiring") {
    change({ taints: [...node.taints, { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] });
  }
  if (fate === "gone") cluster.removeNode(name);
}

function addWorkload(cluster: SimCluster, spec: WorkloadSpec, name: string): void {
  const { replicas, cpu, load, flaw } = spec;
  const workload = buildWorkload(name, {
    kind: spec.kind ?? "Deployment",
    namespace: spec.namespace,
    replicas,
    placement: spec.placement ?? "regular",
    labels: spec.tier ? { "spot-balancer/tier": spec.tier } : {},
    update: {
      type: flaw === "recreate" ? "Recreate" : "RollingUpdate",
      maxSurge: spec.surge ?? 1,
      maxUnavailable: spec.unavailable ?? 0,
    },
    ...(flaw === "paused" && { paused: true }),
    ...(flaw === "foreignOwner" && { placementOwner: "kubectl" }),
    ...(flaw === "controlled" && { controlledBy: "Rollout/api" }),
    ...(spec.moved && { memory: toMemory(spec.moved) }),
    template: {
      labels: {
        app: name,
        ...(spec.inTeam && { team: "x" }),
        ...(spec.podPriority === -10 && { "spot-balancer/placeholder": "true" }),
      },
      requests: { cpu: flaw === "noRequests" ? 0 : cpu, memory: cpu * 1_000_000 },
      priority: spec.podPriority ?? 0,
      ...ruleOf(spec, name),
    },
  });
  cluster.addWorkload(workload, { cpu: load * cpu * replicas, memory: cpu * 500_000 * replicas });
  const entry = cluster.workloads.get(`${workload.kind}/${workload.namespace}/${name}`)!;
  entry.history.push({ at: noon - 10 * minute, cpu: (spec.loadBefore ?? load) * cpu * replicas });
  const born = noon - (flaw === "noSamples" ? 1 : 600) * minute;
  for (let i = 0; i < replicas; i++)
    cluster.addPod(`${workload.kind}/${workload.namespace}/${name}`, undefined, born);
  if (flaw === "rolling") entry.revision++;
  if (spec.minAvailable !== undefined)
    cluster.budgets.push(toBudget(spec.namespace, name, spec.minAvailable));
}

/** As a round a minute ago would have left it: the template says spot, and no pod has been replaced yet. */
function sendToSpot(cluster: SimCluster, name: string): void {
  const entry = [...cluster.workloads.values()].find(({ workload }) => workload.name === name)!;
  const { workload } = entry;
  const memory = toMemory({ minutesAgo: 1, to: "ToSpot" });
  const tolerations = [...workload.template.tolerations, spotToleration];
  entry.workload = {
    ...workload,
    placement: "spot",
    memory,
    template: { ...workload.template, tolerations },
  };
  entry.revision++;
}

function toBudget(namespace: string, name: string, minAvailable: number): SimBudget {
  return { namespace, name, minAvailable, selector: [{ key: "app", operator: "In", values: [name] }] };
}

function toMemory({ minutesAgo, to, failedReturns = 0 }: NonNullable<WorkloadSpec["moved"]>): WorkloadMemory {
  const at = noon - minutesAgo * minute;
  return {
    lastMovedAt: at,
    lastMove: to,
    lastReason: to === "ToSpot" ? "Idle" : "Busy",
    recentMoves: minutesAgo < 60 ? [at] : [],
    failedReturns,
  };
}

function toAutoscaler({ namespace, kind, replicas }: WorkloadSpec, name: string): Autoscaler {
  return {
    namespace,
    name,
    target: { kind: kind ?? "Deployment", name },
    minReplicas: 1,
    maxReplicas: 10,
    currentReplicas: replicas,
    desiredReplicas: replicas + 1,
  };
}

const zone = "topology.kubernetes.io/zone";
const host = "kubernetes.io/hostname";

function ruleOf({ rule, flaw }: WorkloadSpec, app: string): Partial<PodTemplate> {
  const volumes = { emptyDir: false, local: flaw === "local", zones: [] as string[], exclusive: false };
  const selector = [{ key: "app", operator: "In" as const, values: [app] }];
  const term = (topologyKey: string) => [{ topologyKey, selector, namespaces: [] }];
  switch (rule) {
    case "apartByHost":
      return { volumes, podAntiAffinity: term(host) };
    case "apartFromTeam": {
      const team = [{ key: "team", operator: "In" as const, values: ["x"] }];
      return { volumes, podAntiAffinity: [{ topologyKey: host, selector: team, namespaces: [] }] };
    }
    case "apartByZone":
      return { volumes, podAntiAffinity: term(zone) };
    case "togetherInZone":
      return { volumes, podAffinity: term(zone) };
    case "spreadByHost":
      return { volumes, topologySpread: [{ topologyKey: host, maxSkew: 1, selector }] };
    case "spreadByZone":
      return { volumes, topologySpread: [{ topologyKey: zone, maxSkew: 1, selector }] };
    case "zoneA":
      return { volumes, nodeSelector: { [zone]: "a" } };
    case "zoneVolume":
      return { volumes: { ...volumes, zones: ["a"] } };
    case "hostPort":
      return { volumes, hostPorts: [8080] };
    case undefined:
      return { volumes };
  }
}

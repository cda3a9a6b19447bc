// Builds the workloads that a spec describes, with what is special about each.
import { type Autoscaler, type PodTemplate, type WorkloadMemory, workloadKey } from "../../model.ts";
import type { SimCluster } from "../simCluster.ts";
import type { SimBudget } from "../simCluster/state.ts";
import { buildWorkload, minute, noon, spotToleration } from "../builders.ts";
import type { WorkloadSpec } from "./clusterSpec.ts";

export function addWorkload(cluster: SimCluster, spec: WorkloadSpec, name: string): void {
  const { replicas, cpu, load, flaw } = spec;
  const onNode = [...cluster.nodes.keys()][spec.on ?? -1];
  const workload = buildWorkload(name, {
    kind: spec.kind ?? "Deployment",
    namespace: spec.namespace,
    replicas,
    placement: spec.placement ?? "regular",
    labels: spec.tier ? { "spot-balancer/tier": spec.tier } : {},
    update: {
      type: flaw === "recreate" ? "Recreate" : flaw === "onDelete" ? "OnDelete" : "RollingUpdate",
      maxSurge: spec.surge ?? 1,
      maxUnavailable: spec.unavailable ?? 0,
    },
    ...(flaw === "paused" && { paused: true }),
    ...(flaw === "foreignOwner" && { placementOwner: "kubectl" }),
    ...(flaw === "unreadable" && { fault: "spec.replicas is no number" }),
    ...(flaw === "controlled" && { controlledBy: "Rollout/api" }),
    ...(spec.moved && { memory: toMemory(spec.moved) }),
    template: {
      labels: {
        app: name,
        ...(spec.inTeam && { team: "x" }),
        ...(spec.podPriority === -10 && { "spot-balancer/placeholder": "true" }),
      },
      requests: { cpu: flaw === "noRequests" ? 0 : cpu, memory: cpu * 1_000_000 },
      ...(flaw === "doNotDisturb" && { doNotDisturb: "karpenter.sh/do-not-disrupt" }),
      ...(flaw === "gpu" && { otherResources: ["nvidia.com/gpu"] }),
      priority: spec.podPriority ?? 0,
      ...((spec.podPriority ?? 0) > 0 && { priorityClass: "important" }),
      limits: { cpu: 2 * spec.cpu, memory: spec.cpu * 2_000_000 },
      ...ruleOf(spec, name),
      ...(spec.needsSpot && { nodeSelector: { [spotTaintKey]: "spot" }, tolerations: [spotToleration] }),
    },
  });
  cluster.addWorkload(workload, { cpu: load * cpu * replicas, memory: cpu * 500_000 * replicas });
  const entry = cluster.workloads.get(workloadKey(workload))!;
  entry.history.push({ at: noon - 10 * minute, cpu: (spec.loadBefore ?? load) * cpu * replicas });
  const key = workloadKey(workload);
  const born = noon - (flaw === "fewSamples" ? 1 : 600) * minute;
  for (let i = 0; i < replicas; i++) cluster.addPod(key, i > 0 && spec.onlyFirst ? undefined : onNode, born);
  if (flaw === "rolling") entry.revision++;
  if (spec.minAvailable !== undefined)
    cluster.budgets.push(toBudget(spec.namespace, name, spec.minAvailable));
}

/** As a round some minutes ago would have left it: the template says spot, and no pod has been replaced yet. */
export function sendToSpot(cluster: SimCluster, name: string, minutesAgo: number): void {
  const entry = entryOf(cluster, name);
  const { workload } = entry;
  const memory = toMemory({ minutesAgo, to: "ToSpot" });
  const tolerations = [...workload.template.tolerations, spotToleration];
  entry.workload = {
    ...workload,
    placement: "spot",
    memory,
    template: { ...workload.template, tolerations },
  };
  entry.revision++;
}

/** One of its pods has lost its node, and finds no other. */
export function leaveWaiting(cluster: SimCluster, name: string): void {
  const [waiting] = cluster.podsOf(workloadKey(entryOf(cluster, name).workload));
  if (!waiting) return;
  const since = noon - 10 * minute;
  waiting.pod = { ...waiting.pod, nodeName: undefined, ready: false, unschedulableSince: since };
}

function entryOf(cluster: SimCluster, name: string) {
  return [...cluster.workloads.values()].find(({ workload }) => workload.name === name)!;
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

export function toAutoscaler({ namespace, kind, replicas, flaw }: WorkloadSpec, name: string): Autoscaler {
  return {
    namespace,
    name,
    target: { kind: kind ?? "Deployment", name },
    minReplicas: 1,
    maxReplicas: 10,
    currentReplicas: replicas,
    desiredReplicas: flaw === "scaling" ? replicas + 1 : replicas,
    ...(flaw === "scaled" && { lastScaleAt: noon - 2 * minute }),
  };
}

const spotTaintKey = "kubernetes.azure.com/scalesetpriority";
const splitKey = "kubernetes.azure.com/priority";
const zone = "topology.kubernetes.io/zone";
const host = "kubernetes.io/hostname";

function ruleOf({ rule, flaw }: WorkloadSpec, app: string): Partial<PodTemplate> {
  const volumes = {
    ...{ emptyDir: flaw === "emptyDir", zones: [] as string[] },
    ...{ local: flaw === "local", exclusive: flaw === "exclusive" },
    ...(flaw === "noDriver" && { drivers: ["secrets-store.csi.k8s.io"] }),
    ...(flaw === "manyVolumes" && { attachments: new Map([["disk.csi.azure.com", 5]]) }),
  };
  const selector = [{ key: "app", operator: "In" as const, values: [app] }];
  const term = (topologyKey: string) => [{ topologyKey, selector, namespaces: [] }];
  const label = (key: string, value: string) => [{ key, operator: "In" as const, values: [value] }];
  if (flaw === "splitStuck")
    return { volumes, topologySpread: [{ topologyKey: splitKey, maxSkew: 1, selector }] };
  switch (rule) {
    case "apartByHost":
      return { volumes, podAntiAffinity: term(host) };
    case "apartFromTeam": {
      const team = { topologyKey: host, selector: label("team", "x"), namespaces: [] };
      return { volumes, podAntiAffinity: [team] };
    }
    case "apartByZone":
      return { volumes, podAntiAffinity: term(zone) };
    case "togetherInZone":
      return { volumes, podAffinity: term(zone) };
    case "nearTeam":
      return {
        volumes,
        podAffinity: [{ topologyKey: zone, selector: label("team", "x"), namespaces: [] }],
      };
    case "nearNobody":
      return {
        volumes,
        podAffinity: [{ topologyKey: zone, selector: label("app", "nobody"), namespaces: [] }],
      };
    case "spreadByHost":
      return { volumes, topologySpread: [{ topologyKey: host, maxSkew: 1, selector }] };
    case "spreadByZone":
      return { volumes, topologySpread: [{ topologyKey: zone, maxSkew: 1, selector }] };
    case "spreadOverThree":
      return { volumes, topologySpread: [{ topologyKey: zone, maxSkew: 1, minDomains: 3, selector }] };
    case "noSuchNode":
      return { volumes, nodeSelector: { disk: "ssd" } };
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

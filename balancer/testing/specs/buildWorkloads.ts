// Builds the workloads that a spec describes, with what is special about each.
import type { Autoscaler, PodTemplate, WorkloadMemory } from "../../model.ts";
import type { SimCluster } from "../simCluster.ts";
import type { SimBudget } from "../simCluster/state.ts";
import { buildWorkload, minute, noon, spotToleration } from "../builders.ts";
import type { WorkloadSpec } from "./clusterSpec.ts";

export function addWorkload(cluster: SimCluster, spec: WorkloadSpec, name: string): void {
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
export function sendToSpot(cluster: SimCluster, name: string): void {
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

export function toAutoscaler({ namespace, kind, replicas }: WorkloadSpec, name: string): Autoscaler {
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

// A cluster as it is before the balancer comes: everything runs on regular nodes, and has done so for a while.
import { type Workload, emptyTemplate, workloadKey } from "../../balancer/model.ts";
import type { Policy } from "../../balancer/policy.ts";
import { grow } from "./autoscaler.ts";
import type { Chance } from "./chance.ts";
import { SimCluster } from "../../balancer/testing/simCluster.ts";
import type { SimOptions } from "../../balancer/testing/simCluster/state.ts";
import { HorizontalAutoscaler } from "./horizontal.ts";
import { NodePool } from "./nodePool.ts";
import { type Scenario, type SimulatedWorkload, availableAt, spotPoolsOf } from "./scenario.ts";

export interface World {
  cluster: SimCluster;
  pools: { regular: NodePool; spot: NodePool[] };
  autoscalers: HorizontalAutoscaler[];
  /** Keys in the cluster by the scenario's names. */
  keys: Map<string, string>;
}

export function setUp(scenario: Scenario, chance: Chance, onViolation: SimOptions["onViolation"]): World {
  const { policy, timings, start } = scenario;
  const warmUpMs = 2 * 60_000 * policy.idle.windowMinutes;
  const options = { podStartMs: timings.podStartMs, preempts: true, onViolation };
  const cluster = new SimCluster(policy, start - warmUpMs, options);
  const pools = {
    regular: new NodePool("regular", scenario.pools.regular, cluster, timings),
    spot: spotPoolsOf(scenario).map(({ name, spec, trace }) => {
      const pool = new NodePool("spot", spec, cluster, timings, name);
      pool.available = availableAt(trace, 0);
      return pool;
    }),
  };
  const all = [pools.regular, ...pools.spot];

  const keys = new Map<string, string>();
  const autoscalers: HorizontalAutoscaler[] = [];
  for (const each of scenario.workloads) {
    const workload = buildWorkload(each, policy);
    const key = workloadKey(workload);
    const load = scenario.loads.get(each.name)?.[0] ?? { cpu: 0, memory: 0 };
    keys.set(each.name, key);
    cluster.addWorkload(workload, { cpu: load.cpu, memory: load.memory });
    if (each.autoscaler) autoscalers.push(new HorizontalAutoscaler(key, each.autoscaler));
    if (each.minAvailable === undefined) continue;
    const selector = [{ key: "app", operator: "In" as const, values: [workload.name] }];
    const { namespace, name } = workload;
    cluster.budgets.push({ namespace, name, selector, minAvailable: each.minAvailable });
  }

  // As many nodes as it takes: what happened before the simulation begins took no time.
  cluster.step(0);
  for (let size = -1; size < nodesIn(all);) {
    size = nodesIn(all);
    grow(cluster, all, chance);
    for (const pool of all) pool.arrive(Infinity);
    cluster.step(0);
  }
  cluster.step(warmUpMs);
  return { cluster, pools, autoscalers, keys };
}

/** Those on their way among them. */
export const nodesIn = (pools: NodePool[]): number => pools.reduce((sum, { size }) => sum + size, 0);

const spreadKeys = { zone: "topology.kubernetes.io/zone", node: "kubernetes.io/hostname" };

function buildWorkload(each: SimulatedWorkload, { priorities }: Policy): Workload {
  const [namespace = "", name = ""] = each.name.split("/");
  const { kind = "Deployment", maxSurge, maxUnavailable, cpu, memory, spread } = each;
  const labels = { app: name };
  const selector = [{ key: "app", operator: "In" as const, values: [name] }];
  const topologySpread = spread ? [{ topologyKey: spreadKeys[spread], maxSkew: 1, selector }] : [];
  return {
    kind,
    namespace,
    name,
    uid: each.name,
    labels: each.tier ? { [priorities.label]: each.tier } : {},
    placement: "regular",
    replicas: each.replicas,
    status: { generation: 1, observedGeneration: 1, replicas: 0, updated: 0, available: 0 },
    // A StatefulSet's pods are replaced one by one, each gone before the next comes.
    update:
      kind === "Deployment"
        ? { type: "RollingUpdate", maxSurge, maxUnavailable }
        : { type: "RollingUpdate", maxSurge: 0, maxUnavailable: 1 },
    template: { ...emptyTemplate, labels, requests: { cpu, memory }, topologySpread },
  };
}

// A large cluster in memory for benchmarks, the same for the same size: half of the nodes spot, 30 pods on each node.
import type { Node, Pod, Snapshot, Workload } from "../../balancer/model.ts";
import {
  buildNode,
  buildPods,
  buildSnapshot,
  buildWorkload,
  gibibyte,
  noon,
} from "../../balancer/testing/builders.ts";

const namespaces = 100;
const zone = "topology.kubernetes.io/zone";

/** Workloads of 10 pods; some idle, some busy, some with rules that make placing them dear. */
export function bigCluster(nodeCount: number): Snapshot {
  const nodes: Node[] = Array.from({ length: nodeCount }, (_, i) =>
    buildNode(i % 2 === 0 ? "regular" : "spot", `node-${i}`, {
      allocatable: { cpu: 16_000, memory: 64 * gibibyte, pods: 110 },
      labels: { [zone]: `zone-${i % 3}` },
    }),
  );
  const workloads: Workload[] = [];
  const pods: Pod[] = [];
  for (let i = 0; i < nodeCount * 3; i++) {
    const workload = bigWorkload(i);
    const side = workload.placement === "spot" ? 1 : 0;
    const first = ((i * 7919) % (nodeCount / 2)) * 2 + side;
    const names = Array.from({ length: 10 }, (_, j) => `node-${(first + j * 2) % nodeCount}`);
    const cpu = i % 3 === 0 ? 10 : 300;
    const usage = { cpu, cpuOverWindow: cpu, memory: gibibyte / 8, samples: 60, sampledAt: noon - 15_000 };
    workloads.push(workload);
    for (const pod of buildPods(workload, names, { usage })) pods.push(pod);
  }
  const disruptionBudgets = workloads
    .filter((_, i) => i % 4 === 0)
    .map(({ namespace, name }) => ({
      namespace,
      name,
      selector: [{ key: "app", operator: "In" as const, values: [name] }],
      disruptionsAllowed: 1,
      currentHealthy: 10,
      desiredHealthy: 9,
    }));
  return buildSnapshot({ nodes, workloads, pods, disruptionBudgets });
}

function bigWorkload(i: number): Workload {
  const name = `app-${i}`;
  const selector = [{ key: "app", operator: "In" as const, values: [name] }];
  return buildWorkload(name, {
    namespace: `team-${i % namespaces}`,
    replicas: 10,
    placement: i % 2 === 0 ? "regular" : "spot",
    template: {
      requests: { cpu: 300, memory: gibibyte },
      ...(i % 5 === 0 && { topologySpread: [{ topologyKey: zone, maxSkew: 1, selector }] }),
      ...(i % 7 === 0 && {
        podAntiAffinity: [{ topologyKey: "kubernetes.io/hostname", selector, namespaces: [] }],
      }),
    },
  });
}

/** Every namespace opted in; generous budgets of moves, so that placing is what is measured. */
export function bigPolicyText(movesPerRound: number): string {
  const names = Array.from({ length: namespaces }, (_, i) => `  team-${i}: {}`).join("\n");
  return `namespaces:\n${names}\nbudgets: { maxMovesPerRound: ${movesPerRound}, maxMovesPerHour: 100000 }\n`;
}

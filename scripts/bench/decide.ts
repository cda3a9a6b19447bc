// Benchmark of `decide`: CPU time and memory by size of the cluster. Run: node scripts/bench/decide.ts
import { decide } from "../../balancer/decide.ts";
import { parsePolicy } from "../../balancer/policy.ts";
import { noon } from "../../balancer/testing/builders.ts";
import { bigCluster, bigPolicyText } from "./bigCluster.ts";

const mebibyte = 2 ** 20;

for (const [nodes, movesPerRound] of [
  [500, 50],
  [1000, 50],
  [5000, 50],
  [5000, 1000],
] as const) {
  const snapshot = bigCluster(nodes);
  const policy = parsePolicy(bigPolicyText(movesPerRound));
  const before = process.cpuUsage();
  const plan = decide(snapshot, policy, noon);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  console.log(
    `${nodes} nodes, ${snapshot.pods.length} pods, ${snapshot.workloads.length} workloads: ` +
      `${seconds.toFixed(2)} s CPU, ${plan.moves.length} moves, ` +
      `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, heap ${Math.round(process.memoryUsage().heapUsed / mebibyte)} MiB`,
  );
}

// `decide` by size of the cluster, each size in a process of its own: node scripts/bench/decide.ts <nodes> <moves> is one.
import { fileURLToPath } from "node:url";
import { decide } from "../../balancer/decide.ts";
import { parsePolicy } from "../../balancer/policy.ts";
import { noon } from "../../balancer/testing/builders.ts";
import { bigCluster, bigPolicyText } from "./bigCluster.ts";
import { runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";

interface Result {
  /** Of `decide` alone. */
  cpuSeconds: number;
  moves: number;
  pods: number;
  workloads: number;
}

const file = fileURLToPath(import.meta.url);

/** A tenth of the cluster tells whether growth is linear; the peak counts the snapshot and its making, too. */
export async function benchDecide(report: (line: string) => void): Promise<Measurement[]> {
  const run = async (nodes: number, moves: number) => {
    const { stdout, peakMebibytes } = await runNode([file, String(nodes), String(moves)]);
    const result = JSON.parse(stdout) as Result;
    report(
      `decide: ${nodes} nodes, ${result.pods} pods, ${result.workloads} workloads, ${result.moves} moves: ` +
        `${result.cpuSeconds.toFixed(2)} s of CPU, peak ${Math.round(peakMebibytes)} MiB with the snapshot`,
    );
    return { ...result, peakMebibytes };
  };
  const small = await run(500, 50);
  const large = await run(5000, 50);
  const moving = await run(5000, 1000);
  const tenfold = "ten times 500 nodes";
  return [
    measurement("decide.cpu", large.cpuSeconds, "s", tenfold, small.cpuSeconds * 10),
    measurement("decide.peak", large.peakMebibytes, "MiB", "500 nodes", small.peakMebibytes),
    measurement("decide.moves1000.cpu", moving.cpuSeconds, "s", "50 moves granted", large.cpuSeconds),
    measurement(
      "decide.moves1000.peak",
      moving.peakMebibytes,
      "MiB",
      "50 moves granted",
      large.peakMebibytes,
    ),
  ];
}

if (process.argv[1] === file) {
  const [nodes, moves] = process.argv.slice(2).map(Number) as [number, number];
  const snapshot = bigCluster(nodes);
  const policy = parsePolicy(bigPolicyText(moves));
  const before = process.cpuUsage();
  const plan = decide(snapshot, policy, noon);
  const { user, system } = process.cpuUsage(before);
  const result: Result = {
    cpuSeconds: (user + system) / 1e6,
    moves: plan.moves.length,
    pods: snapshot.pods.length,
    workloads: snapshot.workloads.length,
  };
  process.stdout.write(JSON.stringify(result));
}

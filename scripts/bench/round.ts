// A dry round of the bundled program on a real API server with 1,000 nodes and 30,000 pods.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { connect } from "../../balancer/kube/client.ts";
import type { Json } from "../../balancer/kube/json.ts";
import { parsePolicy } from "../../balancer/policy.ts";
import { bigCluster, bigPolicyText } from "./bigCluster.ts";
import { withBundle } from "./bundle.ts";
import { bestOf, runNode } from "./child.ts";
import { runningStatus, samplePod, storedObjects } from "./cluster/objects.ts";
import { serveUsage } from "./cluster/prometheus.ts";
import { startServer } from "./cluster/server.ts";
import { type Measurement, measurement } from "./measurement.ts";

const nodeCount = 1000;

export async function benchRound(report: (line: string) => void): Promise<Measurement[]> {
  const snapshot = bigCluster(nodeCount);
  const policyText = bigPolicyText(50);
  const server = await startServer(report);
  try {
    report("round: filling the API server; half a minute");
    await server.fill(storedObjects(snapshot, await createSample(server.kubeconfig), Date.now()));
    const usage = await serveUsage(snapshot.pods, parsePolicy(policyText));
    try {
      const policy = join(server.folder, "policy.yaml");
      writeFileSync(policy, policyText);
      const flags = ["--kubeconfig", server.kubeconfig, "--prometheus", usage.url, "--policy", policy];
      const round = await withBundle((file) =>
        bestOf(2, () => runNode([file, ...flags, "--dry-run", "--output", "json", "--log-level", "warn"])),
      );
      const { stats } = JSON.parse(round.stdout) as {
        stats: { pods: number; nodes: number; apiReads: number };
      };
      report(
        `round: ${stats.nodes} nodes, ${stats.pods} pods: ${stats.apiReads} API reads, ` +
          `${round.cpuSeconds.toFixed(2)} s of CPU, peak ${Math.round(round.peakMebibytes)} MiB`,
      );
      const typed = await runNode([join(import.meta.dirname, "typedList.ts"), server.kubeconfig]);
      const against = "client-node's typed list of the same pods alone";
      return [
        measurement("round.cpu", round.cpuSeconds, "s", against, typed.cpuSeconds),
        measurement("round.peak", round.peakMebibytes, "MiB", against, typed.peakMebibytes),
        measurement("round.reads", stats.apiReads, "reads", "pods / 500 + 12", stats.pods / 500 + 12),
      ];
    } finally {
      usage.stop();
    }
  } finally {
    await server.stop();
  }
}

/** A pod that the API server has completed and whose status was written, as the model for all the others. */
async function createSample(kubeconfig: string): Promise<Json<V1Pod>> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const client = connect(config, { signal: new AbortController().signal });
  const namespace = "sample";
  const inNamespace = `/api/v1/namespaces/${namespace}`;
  const create = <T>(path: string, body: object, fieldManager?: string): Promise<T> =>
    client.send<T>({ method: "POST", path, query: { fieldManager }, body });
  try {
    await create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    });
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    await create(`${inNamespace}/serviceaccounts`, account);
    const made = await create<Json<V1Pod>>(
      `${inNamespace}/pods`,
      samplePod(namespace),
      "kube-controller-manager",
    );
    return await client.send({
      method: "PUT",
      path: `${inNamespace}/pods/${made.metadata!.name}/status`,
      query: { fieldManager: "kubelet" },
      body: { ...made, status: runningStatus(Date.now()) },
    });
  } finally {
    await client.close();
  }
}

// A dry round of the bundled program on a real API server with 1,000 nodes and 30,000 pods.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { type KubeClient, connect } from "../../balancer/kube/client.ts";
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
/** As in k8s/balancer/cronjob.yaml. */
const nodeFlags = ["--max-semi-space-size=8"];

export async function benchRound(report: (line: string) => void): Promise<Measurement[]> {
  const snapshot = bigCluster(nodeCount);
  const policyText = bigPolicyText(50);
  const server = await startServer(report);
  try {
    report("round: filling the API server; half a minute");
    await server.fill(storedObjects(snapshot, await createSample(server.kubeconfig), Date.now()));
    await untilRead(server.kubeconfig);
    const usage = await serveUsage(snapshot.pods, parsePolicy(policyText));
    try {
      const policy = join(server.folder, "policy.yaml");
      writeFileSync(policy, policyText);
      // Seconds on a busy machine do not count: CPU is what is measured.
      const dry = ["--dry-run", "--output", "json", "--log-level", "warn", "--deadline", "600"];
      const flags = ["--kubeconfig", server.kubeconfig, "--prometheus", usage.url, "--policy", policy];
      const round = await withBundle((file) =>
        bestOf(2, () => runNode([...nodeFlags, file, ...flags, ...dry])),
      );
      const { stats } = JSON.parse(round.stdout) as {
        stats: { pods: number; nodes: number; apiReads: number };
      };
      report(
        `round: ${stats.nodes} nodes, ${stats.pods} pods: ${stats.apiReads} API reads, ` +
          `${round.cpuSeconds.toFixed(2)} s of CPU, peak ${Math.round(round.peakMebibytes)} MiB`,
      );
      const pages = join(import.meta.dirname, "readPages.ts");
      const bare = await bestOf(2, () => runNode([pages, server.kubeconfig]));
      const against = "the pages of its pods, read and not looked at";
      return [
        measurement("round.cpu", round.cpuSeconds, "s", against, bare.cpuSeconds),
        measurement("round.peak", round.peakMebibytes, "MiB", against, bare.peakMebibytes),
        measurement("round.reads", stats.apiReads, "reads", "pods / 500 + 14", stats.pods / 500 + 14),
      ];
    } finally {
      await usage.stop();
    }
  } finally {
    await server.stop();
  }
}

/** The API server's cache follows etcd, on a busy machine slowly. Only a second page waits for it: a first one does not. */
async function untilRead(kubeconfig: string): Promise<void> {
  const client = connectAdmin(kubeconfig, { retries: 60 });
  const path = "/api/v1/pods"; // the last ones to be written
  const first = await client.send<{ metadata: { continue: string } }>({ path, query: { limit: 1 } });
  await client.send({ path, query: { limit: 1, continue: first.metadata.continue } });
  await client.close();
}

function connectAdmin(kubeconfig: string, options: { retries?: number } = {}): KubeClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return connect(config, options);
}

/** A pod that the API server has completed and whose status was written, as the model for all the others. */
async function createSample(kubeconfig: string): Promise<Json<V1Pod>> {
  const client = connectAdmin(kubeconfig);
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

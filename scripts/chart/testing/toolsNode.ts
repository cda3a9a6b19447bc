// Where the balancer's own pods really run in tests that install it: a process node, and a policy that need not wait.
import { join } from "node:path";
import type { TestCluster } from "../../../balancer/testing/controlPlane.ts";
import { trials } from "../../local/index.ts";

/** Moves at once what is of little importance, and again after a release. */
export const impatient = {
  priorities: { default: "low" },
  usage: { rateMinutes: 0.5 },
  score: { threshold: 0 },
  pools: { spot: { stableMinutes: 0 } },
  cooldown: { minutes: 0, autoscalerMinutes: 0 },
};

/** Only what tolerates `dedicated` is placed there. */
export async function startToolsNode(cluster: TestCluster): Promise<{ stop(): Promise<void> }> {
  const { startOwnNode } = await trials();
  return startOwnNode({
    name: "tools",
    labels: { pool: "tools", "kubernetes.io/hostname": "tools" },
    taints: [{ key: "dedicated", value: "tools", effect: "NoSchedule" }],
    kubeconfig: join(cluster.folder, "state", "kubeconfig"),
    rootDir: join(cluster.folder, "tools"),
    executables: { node: process.execPath },
    log: () => undefined,
  });
}

// Lets workloads on emulated nodes use what their Deployment's annotations say, so that load is one `kubectl annotate` away.
import { CoreV1Api, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { ClusterCache } from "../clusterCache.ts";
import { orMissing } from "../../kube.ts";
import { repeat } from "../../repeat.ts";
import { splitUsage } from "./split.ts";

/** ms between two looks at the cache. */
const intervalMs = 1_000;

/** Until the signal; returns when the round under way has ended. */
export function driveUsage(
  config: KubeConfig,
  cache: ClusterCache,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const api = config.makeApiClient(CoreV1Api);
  let reported = "";
  return repeat(
    "usage driver",
    intervalMs,
    async () => {
      const emulated = new Set(
        cache
          .nodes()
          .filter((node) => node.metadata?.annotations?.["kwok.x-k8s.io/node"] === "fake")
          .map((node) => node.metadata!.name!),
      );
      const { changes, problems } = splitUsage(cache.deployments(), cache.pods(), (node) =>
        emulated.has(node),
      );
      if (problems.join("\n") !== reported) problems.forEach((problem) => log(`usage driver: ${problem}`));
      reported = problems.join("\n");
      for (const { namespace, pod, annotations } of changes)
        await orMissing(
          api.patchNamespacedPod(
            { namespace, name: pod, body: { metadata: { annotations } }, fieldManager: "usage-driver" },
            setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
          ),
        );
    },
    log,
    signal,
  );
}

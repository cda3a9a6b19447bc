// Pods that keep room free on spot nodes, as many and as large as the balancer's policy says.
import type { Context } from "./context.ts";
import { deployWorkload } from "./workload.ts";

/** Nothing where policy wants none, which is its default, or where there is no spot pool. */
export function deployPlaceholders(context: Context): void {
  const { placeholders, pools } = context.policy;
  const { replicas, cpuMillicores, memoryMebibytes } = placeholders;
  const { nodeLabels: spotLabels, taint } = pools.spot;
  if (replicas === 0 || Object.keys(spotLabels).length === 0) return;
  const memory = `${memoryMebibytes}Mi`;
  deployWorkload(context, "placeholder", {
    pod(pod) {
      const [container] = pod.containers;
      if (!container?.resources) throw new Error("the manifest has no container with resources");
      pod.nodeSelector = spotLabels;
      pod.tolerations = taint ? [{ ...taint, operator: "Equal" }] : [];
      const { requests, limits } = container.resources;
      container.resources = {
        requests: { ...requests, cpu: `${cpuMillicores}m`, memory },
        limits: { ...limits, memory },
      };
    },
    objects: {
      Deployment({ spec }) {
        spec!.replicas = replicas;
      },
    },
  });
}

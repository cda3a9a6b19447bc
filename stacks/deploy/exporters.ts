// What tells Prometheus of Kubernetes' objects (kube-state-metrics) and of each machine (node-exporter).
import type { Context } from "./context.ts";
import { joinsLater } from "./joinsLater.ts";
import { deployWorkload } from "./workload.ts";

export function deployExporters(context: Context): void {
  const later = joinsLater(context.env);
  deployWorkload(context, "kube-state-metrics", {
    pod: context.onSystemNodes,
    objects: { Deployment: later },
  });
  deployWorkload(context, "node-exporter", { objects: { DaemonSet: later } });
}

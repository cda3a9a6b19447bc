// What tells Prometheus of Kubernetes' objects (kube-state-metrics) and of each machine (node-exporter).
import type { V1DaemonSet, V1Deployment } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import { joinsLater } from "./joinsLater.ts";
import type { Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf } from "./podSpec.ts";

export function deployExporters(
  env: string,
  placeOnSystemNodes: PlaceOnNodes,
  placement: Placement,
): Resource[] {
  const stateMetrics = adapt<V1Deployment>(
    loadManifests("kube-state-metrics"),
    "Deployment",
    (deployment) => {
      placeOnSystemNodes(podSpecOf(deployment.spec?.template));
      joinsLater(env, deployment);
    },
  );
  const machines = adapt<V1DaemonSet>(loadManifests("node-exporter"), "DaemonSet", (daemonSet) =>
    joinsLater(env, daemonSet),
  );
  return createObjects([...stateMetrics, ...machines], placement);
}

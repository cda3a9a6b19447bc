// What tells Prometheus of Kubernetes' objects (kube-state-metrics) and of each machine (node-exporter).
import type { V1Deployment } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import { isLocal } from "../stackName.ts";
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
    ({ metadata, spec }) => {
      placeOnSystemNodes(podSpecOf(spec?.template));
      // Locally the program may be missing: it has no release to download, so without Go nothing can play it.
      if (isLocal(env) && metadata) metadata.annotations = { "pulumi.com/skipAwait": "true" };
    },
  );
  return createObjects([...stateMetrics, ...loadManifests("node-exporter")], placement);
}

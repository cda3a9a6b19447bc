// Pods that keep room free on spot nodes, as many and as large as the balancer's policy says.
import type { V1Deployment } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import { parsePolicy } from "../../balancer/index.ts";
import type { DeployConfig } from "../config/deploy.ts";
import type { Cluster } from "./cluster.ts";
import type { Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";
import { podSpecOf } from "./podSpec.ts";
import { policyFor } from "./policy.ts";

/** Nothing where policy wants none, which is its default, or where there is no spot pool. */
export function deployPlaceholders(
  config: DeployConfig,
  nodeLabels: Cluster["nodeLabels"],
  placement: Placement,
): Resource[] {
  const { placeholders, pools } = parsePolicy(policyFor(config.policy, nodeLabels));
  const { replicas, cpuMillicores, memoryMebibytes } = placeholders;
  const { nodeLabels: spotLabels, taint } = pools.spot;
  if (replicas === 0 || Object.keys(spotLabels).length === 0) return [];
  const manifests = adapt<V1Deployment>(loadManifests("placeholder"), "Deployment", ({ spec }) => {
    const pod = podSpecOf(spec?.template);
    const [container] = pod.containers;
    if (!spec || !container?.resources) throw new Error("the manifest has no container with resources");
    spec.replicas = replicas;
    pod.nodeSelector = spotLabels;
    pod.tolerations = taint ? [{ ...taint, operator: "Equal" }] : [];
    const memory = `${memoryMebibytes}Mi`;
    const { requests, limits } = container.resources;
    container.resources = {
      requests: { ...requests, cpu: `${cpuMillicores}m`, memory },
      limits: { ...limits, memory },
    };
  });
  return createObjects(manifests, placement);
}

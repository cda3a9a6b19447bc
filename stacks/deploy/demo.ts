// Two demo deployments: one idle, one busy.
import type { V1Deployment } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";

const workloads = ["nginx-demo", "busy-demo"] as const;

export function deployDemo({ demoLoad }: DeployConfig, placement: Placement): Resource[] {
  return workloads.flatMap((workload) => {
    const load = demoLoad[workload];
    if (!load) return createObjects(loadManifests(workload), placement);
    const manifests = adapt<V1Deployment>(loadManifests(workload), "Deployment", ({ metadata }) => {
      if (!metadata) throw new Error(`k8s/${workload}: a Deployment without metadata`);
      metadata.annotations = { ...metadata.annotations, ...usageAnnotations(load) };
    });
    // A start value: from here on the load is changed by hand.
    return createObjects(manifests, placement, { Deployment: ["metadata.annotations"] });
  });
}

/** What the local environment's fake nodes report for the workload, sum over its pods (scripts/local). */
const usageAnnotations = ({ cpu, memory }: { cpu: string; memory?: string | undefined }) => ({
  "local.spot-balancer/cpu": cpu,
  ...(memory !== undefined && { "local.spot-balancer/memory": memory }),
});

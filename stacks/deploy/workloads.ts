// A workload from its folder in k8s/, with the usage that it starts with on local nodes.
import type { V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";
import { podSpecOf } from "./podSpec.ts";

/** @param change what the stack adds to the Deployment's pods */
export function deployWorkload(
  workload: keyof DeployConfig["demoLoad"],
  { demoLoad }: DeployConfig,
  placement: Placement,
  change: (pod: V1PodSpec) => void = () => {},
): Resource[] {
  const load = demoLoad[workload];
  const manifests = adapt<V1Deployment>(loadManifests(workload), "Deployment", ({ metadata, spec }) => {
    change(podSpecOf(spec?.template));
    if (load && metadata) metadata.annotations = { ...metadata.annotations, ...usageAnnotations(load) };
  });
  // A start value: from here on the load is changed by hand.
  return createObjects(manifests, placement, load ? { Deployment: ["metadata.annotations"] } : {});
}

/** What the local environment's fake nodes report for the workload, sum over its pods (scripts/local). */
const usageAnnotations = ({ cpu, memory }: { cpu: string; memory?: string | undefined }) => ({
  "local.spot-balancer/cpu": cpu,
  ...(memory !== undefined && { "local.spot-balancer/memory": memory }),
});

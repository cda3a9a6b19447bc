// Two demo deployments: one idle, one busy.
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { Placement } from "./manifests.ts";
import { deployWorkload } from "./workloads.ts";

const workloads = ["nginx-demo", "busy-demo"] as const;

export const deployDemo = (config: DeployConfig, placement: Placement): Resource[] =>
  workloads.flatMap((workload) => deployWorkload(workload, config, placement));

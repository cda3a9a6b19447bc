// The demo: workloads without anything of their own, with the usage that they start with on local nodes.
import type { V1PodSpec } from "@kubernetes/client-node";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Context } from "./context.ts";
import { createObjects } from "./createObjects.ts";
import { readWorkloadFile } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { deployWorkload } from "./workload.ts";
import { workloads } from "./workloads.ts";

export function deployDemo(context: Context): void {
  const program = bankingProgram();
  const dependsOn = [...context.dependsOn, ...createObjects([program], context)];
  const isBanking = ({ volumes = [] }: V1PodSpec) =>
    volumes.some(({ configMap }) => configMap?.name === "banking-program");
  for (const workload of workloads) {
    const load = context.config.demoLoad[workload];
    deployWorkload({ ...context, dependsOn }, workload, {
      pod: (pod) => {
        if (isBanking(pod)) useConfigMap(pod, "program", program);
      },
      objects: {
        Deployment: ({ metadata }) => {
          if (load) metadata!.annotations = { ...metadata!.annotations, ...usageAnnotations(load) };
        },
      },
      // A start value: from here on the load is changed by hand.
      ignoreChanges: load ? { Deployment: ["metadata.annotations"] } : {},
    });
  }
}

/** The one small program of all banking services. */
const bankingProgram = () =>
  contentNamedConfigMap(
    { name: "banking-program", namespace: "banking", labels: { app: "banking" } },
    // As a module by its name's end: there is no package.json beside it.
    { data: { "service.mts": readWorkloadFile("banking/service.ts") } },
  );

const usagePrefix = "local.spot-balancer/";

/** What the local environment's fake nodes report for the workload, sum over its pods (scripts/local). */
const usageAnnotations = (load: NonNullable<DeployConfig["demoLoad"]["accounts"]>) =>
  Object.fromEntries(
    Object.entries(load).map(([resource, quantity]) => [`${usagePrefix}${resource}`, quantity]),
  );

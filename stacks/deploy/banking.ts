// The banking examples: six services of different importance, which share one small program.
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Placement } from "./manifests.ts";
import { createObjects, readWorkloadFile } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { deployWorkload } from "./workloads.ts";

const services = ["accounts", "payments", "ledger", "fraud-check", "statements", "reports"] as const;

export function deployBanking(config: DeployConfig, placement: Placement): Resource[] {
  const program = contentNamedConfigMap(
    { name: "banking-program", namespace: "banking", labels: { app: "banking" } },
    // As a module by its name's end: there is no package.json beside it.
    { data: { "service.mts": readWorkloadFile("banking/service.ts") } },
  );
  const shared = createObjects([program], placement);
  const afterProgram = { ...placement, dependsOn: [...(placement.dependsOn ?? []), ...shared] };
  return [
    ...shared,
    ...services.flatMap((service) =>
      deployWorkload(service, config, afterProgram, (pod) =>
        useConfigMap(pod, "program", program.metadata.name),
      ),
    ),
  ];
}

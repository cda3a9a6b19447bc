// The deploy layer: namespaces, monitoring, the balancer, the workloads. It reads as the dependency graph.
import type { DeployOutputs, Produced } from "../outputs.ts";
import type { StackName } from "../stackName.ts";
import { deployBackend } from "./backend.ts";
import { deployBalancer } from "./balancer.ts";
import { createContext } from "./context.ts";
import { prepareDatabase } from "./databaseJob.ts";
import { deployDemo } from "./demo.ts";
import { deployExporters } from "./exporters.ts";
import { deployFrontend } from "./frontend.ts";
import { deployGateway } from "./gateway.ts";
import { deployGrafana } from "./grafana.ts";
import { deployPrometheus } from "./prometheus.ts";
import { createSamplesToken } from "./samplesToken.ts";

export default async function deployWorkloads(stack: StackName) {
  const context = await createContext(stack);
  deployPrometheus(context);
  deployExporters(context);
  const grafana = deployGrafana(context);
  const balancerProgram = deployBalancer(context);
  const frontendUrl = deployGateway(context);
  await prepareDatabase(context);
  const samplesToken = createSamplesToken(context.config);
  await deployBackend(context, samplesToken);
  await deployFrontend(context);
  deployDemo(context);

  return {
    frontendUrl,
    prometheusUrl: "http://prometheus.monitoring.svc:9090",
    grafanaUrl: grafana.url,
    grafanaPassword: grafana.password,
    samplesToken,
    monitoringNamespace: "monitoring",
    demoNamespace: "demo",
    balancerCronJob: "spot-balancer",
    balancerProgram,
  } satisfies Produced<DeployOutputs>;
}

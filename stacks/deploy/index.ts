// The deploy layer: namespaces, monitoring, the balancer, the workloads. It reads as the dependency graph.
import { readConfig } from "../config.ts";
import { deploy } from "../config/deploy.ts";
import type { DeployOutputs, Produced } from "../outputs.ts";
import type { StackName } from "../stackName.ts";
import { deployBackend } from "./backend.ts";
import { deployBanking } from "./banking.ts";
import { deployBalancer } from "./balancer.ts";
import { connectCluster } from "./cluster.ts";
import { connectDatabase } from "./database.ts";
import { prepareDatabase } from "./databaseJob.ts";
import { deployDemo } from "./demo.ts";
import { deployExporters } from "./exporters.ts";
import { deployFrontend } from "./frontend.ts";
import { deployGateway } from "./gateway.ts";
import { deployGrafana } from "./grafana.ts";
import { createNamespaces } from "./namespaces.ts";
import { deployPlaceholders } from "./placeholder.ts";
import { placeOn } from "./podSpec.ts";
import { deployPrometheus } from "./prometheus.ts";

export default async function deployWorkloads(stack: StackName) {
  const config = readConfig(stack, deploy);
  const { provider, nodeLabels } = await connectCluster(stack.env, config);
  const database = await connectDatabase(stack.env, config);
  const onSystemNodes = placeOn(nodeLabels.system, config.systemTolerations);

  const namespaces = createNamespaces({ provider });
  const placement = { provider, dependsOn: namespaces };
  deployPrometheus(config, onSystemNodes, placement);
  deployExporters(stack.env, onSystemNodes, placement);
  const grafana = deployGrafana(config, placeOn(nodeLabels.regular, []), placement);
  const balancer = await deployBalancer(config, nodeLabels, onSystemNodes, placement);
  deployPlaceholders(config, nodeLabels, placement);
  const frontendUrl = deployGateway(stack.env, config, onSystemNodes, placement);
  const onAppNodes = config.appNodes === "system" ? onSystemNodes : placeOn({}, []);
  await prepareDatabase(config, database, onAppNodes, placement);
  await deployBackend(config, database, nodeLabels.spot, onAppNodes, placement);
  await deployFrontend(config, onAppNodes, placement);
  deployBanking(config, placement);
  deployDemo(config, placement);

  return {
    frontendUrl,
    prometheusUrl: "http://prometheus.monitoring.svc:9090",
    grafanaUrl: grafana.url,
    grafanaPassword: grafana.password,
    monitoringNamespace: "monitoring",
    demoNamespace: "demo",
    balancerCronJob: balancer.cronJob,
    balancerProgram: balancer.program,
  } satisfies Produced<DeployOutputs>;
}

// The deploy layer: namespaces, monitoring, the balancer, the workloads. It reads as the dependency graph.
import type { Part } from "../config/parts.ts";
import type { DeployOutputs, Produced } from "../outputs.ts";
import type { StackName } from "../stackName.ts";
import { deployBackend } from "./backend.ts";
import { deployBalancer } from "./balancer.ts";
import { own } from "./balancer/own.ts";
import { createContext, type AppContext, type Context } from "./context.ts";
import { prepareDatabase } from "./databaseJob.ts";
import { deployDemo } from "./demo.ts";
import { deployExporters } from "./exporters.ts";
import { deployFrontend } from "./frontend.ts";
import { deployGateway } from "./gateway.ts";
import { deployGrafana } from "./grafana.ts";
import { deployPrometheus } from "./prometheus.ts";
import { generated } from "./generated.ts";

type Outputs = Partial<Produced<DeployOutputs>>;

export default async function deployWorkloads(stack: StackName): Promise<Outputs> {
  const context = await createContext(stack);
  const { config, database } = context;
  const has = (part: Part) => config.parts.includes(part);
  return {
    ...(has("monitoring") && deployMonitoring(context)),
    ...(has("balancer") && {
      prometheusUrl: config.prometheusUrl ?? own.prometheus,
      balancerProgram: deployBalancer(context),
      balancerCronJob: "spot-balancer",
      monitoringNamespace: own.namespace,
    }),
    ...(has("gateway") && { frontendUrl: deployGateway(context) }),
    ...(database && (await deployApps({ ...context, database }))),
    ...(has("demo") && deployDemoPart(context)),
  };
}

function deployMonitoring(context: Context): Outputs {
  deployPrometheus(context);
  deployExporters(context);
  const grafana = deployGrafana(context);
  return {
    prometheusUrl: own.prometheus,
    grafanaUrl: grafana.url,
    grafanaPassword: grafana.password,
    monitoringNamespace: own.namespace,
  };
}

async function deployApps(context: AppContext): Promise<Outputs> {
  await prepareDatabase(context);
  // Whoever stores samples by the API must have it: collectors elsewhere, and the load.
  const samplesToken = generated("samplesToken", context.config.samplesTokenVersion);
  await deployBackend(context, samplesToken);
  await deployFrontend(context);
  return { samplesToken };
}

function deployDemoPart(context: Context): Outputs {
  deployDemo(context);
  return { demoNamespace: "demo" };
}

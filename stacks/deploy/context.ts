// What every part of the stack is given: the configuration, and what follows from it for all of them.
import type { Resource } from "@pulumi/pulumi";
import { parsePolicy, type Policy } from "../../balancer/index.ts";
import { readConfig } from "../config.ts";
import { deploy, type DeployConfig } from "../config/deploy.ts";
import type { StackName } from "../stackName.ts";
import { connectCluster, type Cluster } from "./cluster.ts";
import { connectDatabase, type DatabaseAccess } from "./database.ts";
import { createNamespaces } from "./namespaces.ts";
import { placeOn, type PlaceOnNodes } from "./podSpec.ts";
import { policyFor } from "./policy.ts";

export interface Context extends Cluster {
  /** The namespaces, and what closes them. */
  dependsOn: Resource[];
  env: string;
  config: DeployConfig;
  /** Undefined: without the part `apps` nobody needs one. */
  database: DatabaseAccess | undefined;
  /** The balancer's, with what this stack knows of the cluster; `text` is YAML. */
  policy: Policy & { text: string };
  /** For monitoring, the gateway and the balancer. */
  onSystemNodes: PlaceOnNodes;
  /** For what may be away for a while. */
  onRegularNodes: PlaceOnNodes;
  /** For backend and frontend. */
  onAppNodes: PlaceOnNodes;
}

/** Of the part `apps`. */
export interface AppContext extends Context {
  database: DatabaseAccess;
}

/** Reads configuration and the outputs of the other layers, looks at the cluster, and makes the namespaces. */
export async function createContext(stack: StackName): Promise<Context> {
  const config = readConfig(stack, deploy);
  const cluster = await connectCluster(stack.env, config);
  const { parts } = config;
  const database = parts.includes("apps") ? await connectDatabase(stack.env, config) : undefined;
  const { system, regular } = cluster.nodeLabels;
  const text = policyFor(config, cluster.nodeLabels);
  const onSystemNodes = placeOn(system, config.systemTolerations);
  return {
    ...cluster,
    dependsOn: createNamespaces(cluster, parts),
    env: stack.env,
    config,
    database,
    policy: { ...parsePolicy(text), text },
    onSystemNodes,
    onRegularNodes: placeOn(regular, []),
    onAppNodes: config.appNodes === "system" ? onSystemNodes : placeOn({}, []),
  };
}

// The contract between layers: what each one gives to the next, and how the next one reads it.
import {
  getOrganization,
  getProject,
  getStack,
  RunError,
  StackReference,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import type { NodeLabels } from "./nodeLabels.ts";
import type { Watched } from "./plain.ts";
import { notDeployed, stackName, type Layer } from "./stackName.ts";

// Outputs are flat: one secret inside an object would make the whole object secret.

export interface BaseOutputs {
  location: string;
  resourceGroupName: string;
  vnetId: string;
  nodeSubnetId: string;
  /** That the Internet may reach on load balancers. */
  publicPorts: number[];
  /** Delegated to PostgreSQL flexible servers. */
  databaseSubnetId: string;
  clusterName: string;
  /** Azure's id: another one is another cluster, whatever its address and certificates are. */
  clusterId: string;
  /** What was asked of Azure last, by which the next run tells its own changes from Azure's: see `lastOutputs`. */
  askedVersion: string;
  askedCluster: string;
  /** Issuer of the tokens of ServiceAccounts, for workload identity. */
  oidcIssuerUrl: string;
  /** Of the identity that reads Azure Monitor (`azureMonitor`); empty without one. */
  balancerClientId: string;
  /** YAML; secret. */
  kubeconfig: string;
  systemPoolName: string;
  regularPoolName: string;
  spotPoolNames: string[];
  systemNodeLabels: NodeLabels;
  regularNodeLabels: NodeLabels;
  spotNodeLabels: NodeLabels;
  /** `name.azurecr.io`: the cluster may pull from it. */
  registryServer: string;
}

export interface DbOutputs {
  /** What was asked of Azure last: see `lastOutputs`. */
  askedStorage: number;
  databaseHost: string;
  databasePort: number;
  databaseUser: string;
  /** Secret. */
  databasePassword: string;
  databaseNames: string[];
}

export interface DeployOutputs {
  /** The page, for people; the API is below `/api`. */
  frontendUrl: string;
  /** In the cluster. */
  prometheusUrl: string;
  /** In the cluster; the user is `admin`. */
  grafanaUrl: string;
  /** Secret. */
  grafanaPassword: string;
  /** Secret: `Authorization: Bearer` of whoever stores samples by the API. */
  samplesToken: string;
  monitoringNamespace: string;
  demoNamespace: string;
  balancerCronJob: string;
  /** Name of the ConfigMap with the balancer's program; the image with `balancerImage`. */
  balancerProgram: string;
}

/** What a layer's program returns: its outputs, not resolved yet. */
export type Produced<Outputs> = { [Key in keyof Outputs]: Input<Outputs[Key]> };

/** Reads another layer's outputs; a missing one is an error, never undefined. */
export interface Reader<Outputs> {
  output<Key extends keyof Outputs & string>(key: Key): Output<Outputs[Key]>;
  /**
   * The value at once, for what decides how the program goes on; not for secrets.
   * `fallback` stands in where nothing is deployed and only the shape of things is wanted (`local -- render`).
   */
  value<Key extends keyof Outputs & string>(key: Key, fallback: Outputs[Key]): Promise<Outputs[Key]>;
  /** A secret's value at once, to ask something with it, never to show it; undefined: it is not known yet. */
  secretValue<Key extends keyof Outputs & string>(key: Key): Promise<Outputs[Key] | undefined>;
}

export const readBase = (env: string, override?: string): Promise<Reader<BaseOutputs>> =>
  readLayer<BaseOutputs>("base", env, override, "clusterName");

export const readDb = (env: string, override?: string): Promise<Reader<DbOutputs>> =>
  readLayer<DbOutputs>("db", env, override, "databaseHost");

/**
 * @param override the stack's full name, when it is not `<organization>/<project>/<layer>-<env>`
 * @param probe an output that every deployed stack of the layer has, and that is no secret
 * @throws RunError that says what to run, when the layer is not deployed
 */
async function readLayer<Outputs>(
  layer: Layer,
  env: string,
  override: string | undefined,
  probe: keyof Outputs & string,
): Promise<Reader<Outputs>> {
  const short = override ?? stackName({ layer, env });
  const reference = new StackReference(override ?? `${getOrganization()}/${getProject()}/${short}`);
  const missing = (detail: string) => new RunError(notDeployed(short, detail));
  const known = await isKnown(reference.outputs).catch((error: unknown) => {
    throw missing(` (${error instanceof Error ? error.message : String(error)})`);
  });
  if (known && (await reference.getOutputValue(probe)) === undefined) throw missing("");
  return {
    output: (key) => reference.requireOutput(key) as Output<Outputs[typeof key]>,
    value: async (key, fallback) =>
      known ? ((await reference.requireOutputValue(key)) as Outputs[typeof key]) : fallback,
    secretValue: async (key) =>
      known
        ? ((await reference.getOutputDetails(key)).secretValue as Outputs[typeof key] | undefined)
        : undefined,
  };
}

/**
 * What this very stack gave when it last came up; nothing before that. A stack may refer to itself: pulumi/pulumi#3722.
 * Azure raises versions, adds pools and grows disks by itself. A program that states its wishes anew would undo that with
 * each run, and one that ignores these properties could never ask for another version. What it asked for last tells which.
 */
export async function lastOutputs<Outputs>(): Promise<Partial<Outputs>> {
  const own = new StackReference(`${getOrganization()}/${getProject()}/${getStack()}`);
  return (await watched(own.outputs).promise()) as Partial<Outputs>;
}

const watched = <T>(value: Output<T>) => value as unknown as Watched<T>;

/** Rejects when the output cannot be had. */
async function isKnown(value: Output<unknown>): Promise<boolean> {
  await watched(value).promise();
  return watched(value).isKnown;
}

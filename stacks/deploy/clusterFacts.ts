// What a cluster has: asked of its API server, with a handful of small requests.
import type { KubeConfig, V1StorageClass } from "@kubernetes/client-node";
import type { NodeLabels } from "../nodeLabels.ts";
import { type Client, type ClusterAccess, openCluster } from "./clusterAccess.ts";

const roles = ["system", "regular", "spot"] as const;
export type Role = (typeof roles)[number];

/** Of the Gateway API. */
export interface GatewayFacts {
  /** Plural names of the kinds of `gateway.networking.k8s.io/v1`; empty: it does not have the API. */
  gatewayKinds: string[];
  /** Name of the controller by name of the class. */
  gatewayClasses: Record<string, string>;
}

export interface ClusterFacts extends GatewayFacts {
  /** `group/version` of each API that it serves. */
  apis: string[];
  /** Whether a node has the labels. */
  hasNode: Record<Role, boolean>;
  storageClasses: string[];
  defaultStorageClass: string | undefined;
}

const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" };

/** Longer than any API server needs, short enough for a preview, ms. */
const patience = 5_000;

/** @throws when the cluster cannot be asked; `reasonOf` says why */
export async function readFacts(
  access: ClusterAccess,
  labels: Record<Role, NodeLabels>,
): Promise<ClusterFacts> {
  const [config, client] = await openCluster(access);
  const core = config.makeApiClient(client.CoreV1Api);
  const hasNode = async (role: Role) =>
    (await core.listNode({ labelSelector: labelSelector(labels[role]), limit: 1 })).items.length > 0;
  const [groups, classes, gateway, ...found] = await inTime(
    Promise.all([
      config.makeApiClient(client.ApisApi).getAPIVersions(),
      config.makeApiClient(client.StorageV1Api).listStorageClass(),
      askForGateways(config, client),
      ...roles.map(hasNode),
    ] as const),
  );
  return {
    ...gateway,
    apis: groups.groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion)),
    hasNode: Object.fromEntries(roles.map((role, index) => [role, found[index]])) as Record<Role, boolean>,
    storageClasses: classes.items.map(({ metadata }) => metadata?.name ?? ""),
    defaultStorageClass: classes.items.find(isDefault)?.metadata?.name,
  };
}

/** @throws when the cluster cannot be asked; `reasonOf` says why */
export async function readGatewayFacts(access: ClusterAccess): Promise<GatewayFacts> {
  return inTime(askForGateways(...(await openCluster(access))));
}

async function askForGateways(config: KubeConfig, client: Client): Promise<GatewayFacts> {
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const kinds = await orNothing(custom.getAPIResources(gatewayApi));
  const list = { ...gatewayApi, plural: "gatewayclasses" };
  const classes = await orNothing(custom.listClusterCustomObject(list) as Promise<GatewayClassList>);
  return {
    gatewayKinds: kinds?.resources.map(({ name }) => name) ?? [],
    gatewayClasses: Object.fromEntries(
      classes?.items.map(({ metadata, spec }) => [metadata.name, spec.controllerName] as const) ?? [],
    ),
  };
}

function inTime<T>(answers: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience).unref();
  });
  return Promise.race([answers, late]);
}

interface GatewayClassList {
  items: { metadata: { name: string }; spec: { controllerName: string } }[];
}

const isDefault = ({ metadata }: V1StorageClass): boolean =>
  metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";

/** Undefined where the cluster does not know the API. */
const orNothing = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 404) return undefined;
    throw error;
  });

export const labelSelector = (labels: NodeLabels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** The reason below fetch's own "fetch failed"; of an answer only its status, as bodies may hold anything. */
export function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code === "number") return `it answered ${code}`;
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}

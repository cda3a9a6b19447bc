// What a cluster that this project did not make has: asked of its API server, with a handful of small requests.
import type { KubeConfig, V1StorageClass } from "@kubernetes/client-node";
import type { NodeLabels } from "../nodeLabels.ts";

const roles = ["system", "regular", "spot"] as const;
export type Role = (typeof roles)[number];

export interface ClusterFacts {
  /** `group/version` of each API that it serves. */
  apis: string[];
  /** Plural names of the kinds of `gateway.networking.k8s.io/v1`. */
  gatewayKinds: string[];
  /** Name of the controller by name of the class. */
  gatewayClasses: Record<string, string>;
  /** Whether a node has the labels. */
  hasNode: Record<Role, boolean>;
  storageClasses: string[];
  defaultStorageClass: string | undefined;
}

/** A cluster, and which of the kubeconfig's contexts leads to it. */
export interface ClusterAccess {
  /** YAML. */
  kubeconfig: string;
  context?: string | undefined;
}

const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" };

/** Longer than any API server needs, short enough for a preview, ms. */
const patience = 5_000;

/** @throws when the cluster cannot be asked; `reasonOf` says why */
export async function readFacts(
  { kubeconfig, context }: ClusterAccess,
  labels: Record<Role, NodeLabels>,
): Promise<ClusterFacts> {
  // Costs half a second, which only stacks with a kubeconfig of their own pay.
  const client = await import("@kubernetes/client-node");
  const config: KubeConfig = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new Error(`it has no context "${context}": expected one of ${known.join(", ")}`);
    config.setCurrentContext(context);
  }
  const core = config.makeApiClient(client.CoreV1Api);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const hasNode = async (role: Role) =>
    (await core.listNode({ labelSelector: labelSelector(labels[role]), limit: 1 })).items.length > 0;
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience).unref();
  });
  const [groups, classes, kinds, gatewayClasses, ...found] = await Promise.race([
    Promise.all([
      config.makeApiClient(client.ApisApi).getAPIVersions(),
      config.makeApiClient(client.StorageV1Api).listStorageClass(),
      orNothing(custom.getAPIResources(gatewayApi)),
      orNothing(
        custom.listClusterCustomObject({
          ...gatewayApi,
          plural: "gatewayclasses",
        }) as Promise<GatewayClassList>,
      ),
      ...roles.map(hasNode),
    ] as const),
    late,
  ]);
  return {
    apis: groups.groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion)),
    gatewayKinds: kinds?.resources.map(({ name }) => name) ?? [],
    gatewayClasses: Object.fromEntries(
      gatewayClasses?.items.map(({ metadata, spec }) => [metadata.name, spec.controllerName] as const) ?? [],
    ),
    hasNode: Object.fromEntries(roles.map((role, index) => [role, found[index]])) as Record<Role, boolean>,
    storageClasses: classes.items.map(({ metadata }) => metadata?.name ?? ""),
    defaultStorageClass: classes.items.find(isDefault)?.metadata?.name,
  };
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

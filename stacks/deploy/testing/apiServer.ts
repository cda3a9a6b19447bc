// Answers what the preflight asks of a cluster.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";

export interface ServedCluster {
  /** `group/version` */
  apis?: string[];
  /** Plural names of the kinds of Gateway API's v1. */
  gatewayKinds?: string[];
  /** Controllers by name of the class. */
  gatewayClasses?: Record<string, string>;
  /** Labels of each node. */
  nodes?: Record<string, string>[];
  storageClasses?: string[];
  defaultStorageClass?: string;
  /** Instead of every answer. */
  status?: number;
}

export async function serveCluster(
  cluster: ServedCluster,
): Promise<{ kubeconfig: string; stop: () => void }> {
  const server = createServer(({ url = "" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://cluster");
    const body = answer(cluster, pathname, searchParams.get("labelSelector") ?? "");
    response
      .writeHead(cluster.status ?? (body ? 200 : 404), { "content-type": "application/json" })
      .end(JSON.stringify(body ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { kubeconfig: kubeconfigOf(`http://127.0.0.1:${port}`), stop: () => server.close() };
}

const kubeconfigOf = (server: string): string =>
  stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "here" },
    clusters: [{ name: "here", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "me", user: {} }],
    contexts: [{ name: "here", context: { cluster: "here", user: "me" } }],
  });

/** What the stack needs of a cluster. */
export const complete: ServedCluster = {
  apis: ["apps/v1", "metrics.k8s.io/v1beta1", "gateway.networking.k8s.io/v1"],
  gatewayKinds: ["httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies"],
};

function answer(
  {
    apis = [],
    gatewayKinds = [],
    gatewayClasses = {},
    nodes = [],
    storageClasses = [],
    defaultStorageClass,
  }: ServedCluster,
  path: string,
  selector: string,
) {
  const wanted = selector.split(",").filter((pair) => pair !== "");
  const list = (items: object[]) => ({ kind: "List", metadata: {}, items });
  const named = (name: string) => ({ metadata: { name } });
  switch (path) {
    case "/apis":
      return { kind: "APIGroupList", groups: apis.map((groupVersion) => ({ versions: [{ groupVersion }] })) };
    case "/apis/gateway.networking.k8s.io/v1":
      return gatewayKinds.length > 0
        ? { kind: "APIResourceList", resources: gatewayKinds.map((name) => ({ name })) }
        : undefined;
    case "/apis/gateway.networking.k8s.io/v1/gatewayclasses":
      return list(
        Object.entries(gatewayClasses).map(([name, controllerName]) => ({
          ...named(name),
          spec: { controllerName },
        })),
      );
    case "/apis/storage.k8s.io/v1/storageclasses":
      return list(
        storageClasses.map((name) => ({
          metadata: {
            name,
            annotations: {
              "storageclass.kubernetes.io/is-default-class": String(name === defaultStorageClass),
            },
          },
        })),
      );
    case "/api/v1/nodes":
      return list(
        nodes
          .filter((labels) =>
            wanted.every((pair) => Object.entries(labels).some((label) => label.join("=") === pair)),
          )
          .map((labels) => ({ metadata: { labels } })),
      );
    default:
      return undefined;
  }
}

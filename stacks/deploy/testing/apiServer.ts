// Answers what the preflight asks of a cluster.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";

export interface ServedCluster {
  groups?: string[];
  /** Labels of each node. */
  nodes?: Record<string, string>[];
  storageClasses?: string[];
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

function answer(
  { groups = [], nodes = [], storageClasses = [] }: ServedCluster,
  path: string,
  selector: string,
) {
  const wanted = selector.split(",").filter((pair) => pair !== "");
  const list = (items: object[]) => ({ kind: "List", metadata: {}, items });
  const named = (name: string) => ({ metadata: { name } });
  switch (path) {
    case "/apis":
      return { kind: "APIGroupList", groups: groups.map((name) => ({ name, versions: [] })) };
    case "/apis/storage.k8s.io/v1/storageclasses":
      return list(storageClasses.map(named));
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

// A Kubernetes API over HTTP that keeps objects in memory, and answers as the test wants it to.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject, type Properties, type Value } from "../values.ts";

export interface FakeApi {
  /** Content of a kubeconfig for it. */
  kubeconfig: string;
  /** By path, such as `/api/v1/namespaces/demo/configmaps/a`. */
  objects: Map<string, Properties>;
  /** `PATCH /api/v1/…`, in the order of arrival, without their queries; discovery is left out. */
  requests: string[];
  /** Answers instead of the store: an HTTP status with a body, or "cut" to break the connection. */
  intercept: (
    method: string,
    path: string,
    query: URLSearchParams,
  ) => { status: number; body: Properties } | "cut" | undefined;
  /** Changes an object after each apply: what controllers do. */
  control: (object: Properties) => void;
  close(): Promise<void>;
}

const resources: Record<string, { name: string; kind: string; namespaced: boolean }[]> = {
  "/api/v1": [
    { name: "namespaces", kind: "Namespace", namespaced: false },
    { name: "configmaps", kind: "ConfigMap", namespaced: true },
    { name: "secrets", kind: "Secret", namespaced: true },
    { name: "pods", kind: "Pod", namespaced: true },
    { name: "events", kind: "Event", namespaced: true },
  ],
  "/apis/apps/v1": [{ name: "deployments", kind: "Deployment", namespaced: true }],
};

export async function serveFakeApi(): Promise<FakeApi> {
  let uids = 0;
  const api: FakeApi = {
    kubeconfig: "",
    objects: new Map(),
    requests: [],
    intercept: () => undefined,
    control: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function apply(path: string, body: Properties, query: URLSearchParams): Properties {
    const existing = api.objects.get(path);
    const merged = merge(existing ?? {}, body) as Properties;
    const metadata: Properties = { uid: `uid-${++uids}`, ...(merged["metadata"] as Properties) };
    metadata["managedFields"] = [{ manager: query.get("fieldManager") ?? "", operation: "Apply" }];
    const object: Properties = { ...merged, metadata };
    if (query.get("dryRun") === "All") return object;
    api.objects.set(path, object);
    api.control(object);
    return object;
  }

  function answer(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Properties,
  ): [number, Properties] {
    const known = resources[path];
    if (known) return [200, { resources: known }];
    const object = api.objects.get(path);
    if (method === "PATCH") return [200, apply(path, body, query)];
    if (path.endsWith("/pods") || path.endsWith("/events")) {
      return [
        200,
        { items: [...api.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, item]) => item) },
      ];
    }
    if (!object) return [404, { message: `${path} not found`, reason: "NotFound" }];
    if (method === "DELETE") {
      const finalizers = (object["metadata"] as Properties)["finalizers"];
      if (finalizers) (object["metadata"] as Properties)["deletionTimestamp"] = "2026-11-21T00:00:00Z";
      else api.objects.delete(path);
    }
    return [200, object];
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const method = request.method ?? "GET";
    let text = "";
    for await (const chunk of request) text += String(chunk);
    if (!resources[url.pathname]) api.requests.push(`${method} ${url.pathname}`);
    const intercepted = api.intercept(method, url.pathname, url.searchParams);
    if (intercepted === "cut") return void request.socket.destroy();
    const [status, body] = intercepted
      ? [intercepted.status, intercepted.body]
      : answer(method, url.pathname, url.searchParams, text ? (JSON.parse(text) as Properties) : {});
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  api.kubeconfig =
    JSON.stringify({
      "current-context": "fake",
      contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
      clusters: [{ name: "fake", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "fake", user: {} }],
    }) + "\n";
  return api;
}

/** Enough of server-side apply: objects merge, everything else is replaced. */
function merge(before: Value | undefined, after: Value): Value {
  if (!isObject(after)) return after;
  const result: Properties = isObject(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(after)) result[key] = merge(result[key], value);
  return result;
}

// The node's HTTPS server: the few paths of a kubelet that the API server, metrics-server and Prometheus use.
import https from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { KeyPair } from "../controlPlane/certificates.ts";
import { bind } from "./serviceProxy.ts";

export interface KubeletServerOptions {
  /** Loopback address to listen on. */
  address: string;
  keyPair: KeyPair;
  /** PEM of the CA whose client certificates name users; without it only tokens do. */
  clientCa: string | undefined;
  check(request: IncomingMessage, subresource: "metrics" | "proxy"): Promise<200 | 401 | 403>;
  /** What the node says of itself. */
  ownMetrics: () => Promise<string>;
  resourceMetrics: () => Promise<string>;
  cadvisorMetrics: () => Promise<string>;
  /** Sends a container's log; see containerLogs.ts. */
  containerLogs(
    path: { namespace: string; pod: string; container: string },
    query: URLSearchParams,
    response: ServerResponse,
  ): void;
  log: (line: string) => void;
}

/** The kubelet's own port, used when it is free. */
const kubeletPort = 10250;

const words: Record<number, string> = {
  401: "a token or a client certificate of the cluster is needed",
  403: "the API server does not let this user read this node's subresource",
};

/** Starts the server; `close` also ends open requests. */
export async function serveKubelet(options: KubeletServerOptions): Promise<{ port: number; close(): void }> {
  const pages = new Map([
    ["/metrics", options.ownMetrics],
    ["/metrics/resource", options.resourceMetrics],
    ["/metrics/cadvisor", options.cadvisorMetrics],
  ]);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "https://node");
    const metrics = pages.get(url.pathname);
    const [, page, namespace, pod, container] = url.pathname.split("/").map(decodeURIComponent);
    const logs =
      page === "containerLogs" && namespace && pod && container ? { namespace, pod, container } : undefined;
    if (url.pathname === "/healthz") return void response.end("ok");
    if (metrics === undefined && logs === undefined)
      return void response
        .writeHead(404)
        .end(
          "this node serves /healthz, /metrics, /metrics/resource, /metrics/cadvisor and /containerLogs\n",
        );
    const status = await options.check(request, metrics ? "metrics" : "proxy");
    if (status !== 200) return void response.writeHead(status).end(`${words[status]}\n`);
    if (logs) return options.containerLogs(logs, url.searchParams, response);
    response.setHeader("Content-Type", "text/plain; version=0.0.4");
    response.end(await metrics?.());
  };
  const server = https.createServer(
    {
      cert: options.keyPair.certificate,
      key: options.keyPair.privateKey,
      ...(options.clientCa !== undefined && {
        ca: options.clientCa,
        requestCert: true,
        rejectUnauthorized: false,
      }),
    },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        options.log(`${request.url}: ${(error as Error).message}`);
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end("the node could not answer; its log says why\n");
      });
    },
  );
  const port = await bind(server, options.address, kubeletPort).catch(() => bind(server, options.address, 0));
  server.on("error", (error) => options.log(`server: ${error.message}`));
  server.on("tlsClientError", () => undefined); // a client that does not trust us is its own matter
  return {
    port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

// The page's web server: files that never change, with a strict content security policy.
import { type RequestListener, type Server, createServer } from "node:http";
import { Counter, Registry, collectDefaultMetrics } from "prom-client";
import { readFiles, sendFile } from "./files.ts";

/** The page runs its own files and talks to its own origin; nothing else. */
export const securityHeaders: Record<string, string> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
};

const plainText = { "Content-Type": "text/plain; charset=utf-8" };

/** No request of the page has a body; whoever takes longer to ask only holds a connection. Milliseconds. */
const patience = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 2000 };
/** More are closed at once: each holds a socket and its buffers. */
const maxConnections = 2000;

/** @param folder see `readFiles` */
export function servePage(folder: string): RequestListener {
  const files = readFiles(folder);
  return (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    const file = files.get((request.url ?? "").split("?", 1)[0]!);
    if (file) sendFile(file, request, response);
    else response.writeHead(404, plainText).end("There is no such file.\n");
  };
}

export interface PageServers {
  /** The page, for everybody. */
  page: Server;
  /** `/livez`, `/readyz` and `/metrics`, for the cluster. */
  inside: Server;
}

/** @param ready asked for `/readyz` */
export function createServers(folder: string, ready: () => boolean): PageServers {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "frontend_http_requests_total",
    help: "Requests answered, by status code",
    labelNames: ["code"],
    registers: [registry],
  });
  const serve = servePage(folder);
  const page = createServer(patience, (request, response) => {
    response.once("finish", () => requests.inc({ code: response.statusCode }));
    serve(request, response);
  });
  page.maxConnections = maxConnections;
  const inside = createServer(patience, (request, response) => {
    if (request.url === "/livez") response.end("ok\n");
    else if (request.url === "/readyz")
      response.writeHead(ready() ? 200 : 503, plainText).end(ready() ? "ok\n" : "stopping\n");
    else if (request.url === "/metrics") {
      void registry.metrics().then((text) => {
        response.writeHead(200, { "Content-Type": registry.contentType }).end(text);
      });
    } else response.writeHead(404, plainText).end("There are /livez, /readyz and /metrics.\n");
  });
  return { page, inside };
}

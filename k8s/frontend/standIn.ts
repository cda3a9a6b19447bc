// Stands in where the page itself is not given: one line of HTML. It has no dependency, so that the stock Node image can
// run it as it is.
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";

/** Where to listen: the page on PORT, probes and metrics on METRICS_PORT. */
const { LISTEN_HOST = "0.0.0.0", PORT = "8080", METRICS_PORT = "9464" } = process.env;

/** Readiness fails for so long before the servers close, ms: the gateway learns of it in the meantime. */
const farewell = 3_000;

let stopping = false;
let requests = 0;

const listen = (port: string, handle: RequestListener): Server =>
  createServer(handle).listen(Number(port), LISTEN_HOST);

const page = listen(PORT, (_, response) => {
  requests++;
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end("<!doctype html><title>spot-balancer</title><h1>spot-balancer</h1>\n");
});

const metrics = `# HELP frontend_stand_in_requests_total Requests answered.\n# TYPE frontend_stand_in_requests_total counter\n`;

const management = listen(METRICS_PORT, ({ url }, response) => {
  if (url === "/metrics") {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(`${metrics}frontend_stand_in_requests_total ${requests}\n`);
  } else if (url === "/livez" || url === "/readyz") {
    const leaving = stopping && url === "/readyz";
    response.writeHead(leaving ? 503 : 200).end(leaving ? "stopping\n" : "ok\n");
  } else response.writeHead(404).end();
});

process.on("SIGTERM", () => {
  stopping = true;
  setTimeout(() => {
    for (const server of [page, management]) {
      server.close();
      server.closeIdleConnections();
    }
  }, farewell);
});

// Stands in where the API's own program is not given: says which variant answered, and nothing else. It has no
// dependency, so that the stock Node image can run it as it is.
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";

/** VARIANT and INSTANCE name who answers; LISTEN_HOST, PORT and METRICS_PORT say where. */
const { VARIANT = "a", INSTANCE = "", LISTEN_HOST = "0.0.0.0" } = process.env;
const { PORT = "8080", METRICS_PORT = "9464" } = process.env;

/** Readiness fails for so long before the servers close, ms: the gateway learns of it in the meantime. */
const farewell = 3_000;

let stopping = false;
let requests = 0;

const listen = (port: string, handle: RequestListener): Server =>
  createServer(handle).listen(Number(port), LISTEN_HOST);

const api = listen(PORT, ({ url = "" }, response) => {
  requests++;
  const known = url === "/api" || url.startsWith("/api/");
  response.writeHead(known ? 200 : 404, { "content-type": "application/json", "x-variant": VARIANT });
  response.end(
    `${JSON.stringify(known ? { variant: VARIANT, instance: INSTANCE } : { code: "NotFound" })}\n`,
  );
});

const metrics = `# HELP backend_stand_in_requests_total Requests answered.\n# TYPE backend_stand_in_requests_total counter\n`;

const management = listen(METRICS_PORT, ({ url }, response) => {
  if (url === "/metrics") {
    const text = `${metrics}backend_stand_in_requests_total{variant="${VARIANT}"} ${requests}\n`;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(text);
  } else if (url === "/livez" || url === "/readyz") {
    const leaving = stopping && url === "/readyz";
    response.writeHead(leaving ? 503 : 200).end(leaving ? "stopping\n" : "ok\n");
  } else response.writeHead(404).end();
});

process.on("SIGTERM", () => {
  stopping = true;
  setTimeout(() => {
    for (const server of [api, management]) {
      server.close();
      server.closeIdleConnections();
    }
  }, farewell);
});

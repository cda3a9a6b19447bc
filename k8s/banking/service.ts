// The program of every banking example: answers probes and metrics, and asks the services that it stands on. It has no
// dependency, so that the stock Node image can run it as it is.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/** HOST and PORT to listen on, NAME of the service, CALLS: base URLs of other services, with spaces between them. */
const { HOST = "0.0.0.0", PORT = "8080", NAME = "service", CALLS = "" } = process.env;
const calls = CALLS.split(" ").filter((url) => url !== "");

/** A caller gives up after this, ms. Deeper services must answer sooner, but these examples do nothing in between. */
const patience = 1_000;
/** Readiness fails for so long before the server closes, ms: endpoints of Services are updated in the meantime. */
const farewell = 1_500;

const requests = new Map<number, number>();
let stopping = false;

type Answer = [status: number, body: string, type?: string];

async function answer(path: string | undefined): Promise<Answer> {
  if (path === "/livez") return [200, "alive\n"];
  if (path === "/readyz") return stopping ? [503, "stopping\n"] : [200, "ready\n"];
  if (path === "/metrics") return [200, metrics(), "text/plain; version=0.0.4"];
  if (path !== "/") return [404, "not found\n"];
  const results = await Promise.all(
    calls.map(async (url) => [new URL(url).hostname, await ask(url)] as const),
  );
  const [status] = results.every(([, result]) => result === "ok") ? [200] : [502];
  return [
    status,
    `${JSON.stringify({ service: NAME, calls: Object.fromEntries(results) })}\n`,
    "application/json",
  ];
}

async function ask(url: string): Promise<string> {
  try {
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(patience) });
    return ok ? "ok" : `answered ${status}`;
  } catch {
    return "not reachable";
  }
}

const metrics = (): string =>
  [
    "# HELP banking_requests_total Requests answered, without probes and scrapes.",
    "# TYPE banking_requests_total counter",
    ...[...requests].map(
      ([code, count]) => `banking_requests_total{service="${NAME}",code="${code}"} ${count}`,
    ),
    "",
  ].join("\n");

const isAsked = (path: string | undefined) => !["/livez", "/readyz", "/metrics"].includes(path ?? "");

async function handle({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const [status, body, type = "text/plain"] = await answer(url);
  if (isAsked(url)) requests.set(status, (requests.get(status) ?? 0) + 1);
  response.writeHead(status, { "content-type": type }).end(body);
}

const server = createServer((request, response) => void handle(request, response));
server.listen(Number(PORT), HOST);

process.on("SIGTERM", () => {
  stopping = true;
  setTimeout(() => {
    server.close();
    server.closeIdleConnections();
  }, farewell);
});

// The small program that is always there: serves the numbers that the rounds left in the state ConfigMap.
//
// Not a Pushgateway: one more image and a volume, it keeps no history over its own restart without that, and whoever
// reaches it may write any metric. The numbers are in the cluster anyway, since counters must survive the Job.
import { type Server, createServer } from "node:http";
import { rootCause } from "../failures.ts";
import type { KubeClient } from "../kube/client.ts";
import { readMetrics } from "../state.ts";
import { nodeSeries } from "./poolGauges.ts";
import type { StoredMetrics } from "./round.ts";
import { contentType, renderSeries, seriesKey } from "./series.ts";
import { version } from "../version.ts";

/** The rounds' program is the same one. */
const buildInfo = { [seriesKey("build_info", { version })]: 1 };

/** `/metrics` reads the ConfigMap for each scrape. */
export function serveMetrics(client: KubeClient, namespace: string): Server {
  const read = sharedRead(() => readMetrics(client, namespace));
  return servePages(
    () => read().then((stored) => renderSeries(buildInfo) + metricsText(stored)),
    () => true,
  );
}

/** `/metrics`; `/healthz` says that the process answers, `/readyz` that it does what it is for. */
export function servePages(metrics: () => string | Promise<string>, isReady: () => boolean): Server {
  return createServer((request, response) => {
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? undefined : text);
    };
    if (request.method !== "GET" && request.method !== "HEAD") return answer(405, "GET /metrics\n");
    const path = request.url?.split("?", 1)[0];
    if (path === "/healthz") return answer(200, "ok\n");
    if (path === "/readyz")
      return isReady() ? answer(200, "ok\n") : answer(503, "not yet, or not any more\n");
    if (path !== "/metrics") return answer(404, "the metrics are at /metrics\n");
    new Promise<string>((resolve) => resolve(metrics())).then(
      (text) => answer(200, text, contentType),
      // Old numbers would look alive: a scrape that fails is seen as `up == 0`.
      (error: unknown) => answer(503, `the state cannot be read: ${rootCause(error)}\n`),
    );
  });
}

/** What `/metrics` answers of the rounds. */
export function metricsText({ counters, gauges, pools }: StoredMetrics): string {
  return renderSeries({ ...counters, ...gauges, ...nodeSeries(pools) });
}

/** However many ask at once, the API server is asked once. */
function sharedRead(read: () => Promise<StoredMetrics>): () => Promise<StoredMetrics> {
  let underWay: Promise<StoredMetrics> | undefined;
  return () => (underWay ??= read().finally(() => (underWay = undefined)));
}

// What Prometheus is told, and how the kubelet is answered: a server of its own, not to be reached by way of the gateway.
import { createServer, type Server } from "node:http";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<"method" | "route" | "status">;
  readonly #stored: Counter;
  readonly #known: Counter;
  readonly #rows: Histogram;
  readonly #clients: Gauge;

  /** `up` is asked at each scrape. */
  constructor(up: { database: () => boolean; cluster?: () => boolean }, variant: string) {
    const registers = [this.#registry];
    this.#registry.setDefaultLabels({ variant });
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: "backend_http_request_duration_seconds",
      help: "Duration of requests until their answer was sent; the feed is not in it.",
      labelNames: ["method", "route", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#stored = new Counter({ name: "backend_samples_stored_total", help: "New samples.", registers });
    this.#known = new Counter({
      name: "backend_samples_known_total",
      help: "Samples that were sent again.",
      registers,
    });
    this.#rows = new Histogram({
      name: "backend_insert_rows",
      help: "Rows that share one insert.",
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
      registers,
    });
    this.#clients = new Gauge({ name: "backend_feed_clients", help: "Clients of the feed.", registers });
    for (const [what, isUp] of Object.entries(up)) {
      new Gauge({
        name: `backend_${what}_up`,
        help: `1 while the ${what} can be used.`,
        registers,
        collect() {
          this.set(isUp() ? 1 : 0);
        },
      });
    }
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  insert({ rows, stored }: { rows: number; stored: number }): void {
    this.#rows.observe(rows);
    this.#stored.inc(stored);
    this.#known.inc(rows - stored);
  }

  clients(count: number): void {
    this.#clients.set(count);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

/** `/metrics`, `/livez` and `/readyz`; the last says 503 when `ready` is false. */
export function metricsServer(metrics: Metrics, ready: () => boolean): Server {
  return createServer((request, response) => {
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8"): void => {
      response.writeHead(status, { "content-type": type }).end(text);
    };
    switch (request.url?.split("?", 1)[0] ?? "") {
      case "/livez":
        return answer(200, "ok\n");
      case "/readyz":
        return ready() ? answer(200, "ok\n") : answer(503, "not ready\n");
      case "/metrics":
        return void metrics.text().then(
          (text) => answer(200, text, metrics.contentType),
          () => answer(500, "the metrics cannot be collected\n"),
        );
      default:
        return answer(404, "expected /metrics, /livez or /readyz\n");
    }
  });
}

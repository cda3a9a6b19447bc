// Instant queries to Prometheus' HTTP API, with errors that say whether it is absent, failing, or something else.
import pRetry from "p-retry";
import { request } from "undici";
import { InputError, UnreachableError, rootCause } from "./failures.ts";

interface Sample {
  labels: Record<string, string>;
  /** May be NaN or infinite. */
  value: number;
}

export interface QueryResult {
  samples: Sample[];
  /** Prometheus' own clock when it answered, ms since 1970: ages are told by it, not by ours. */
  evaluatedAt: number;
}

export interface Prometheus {
  readonly url: string;
  /** Queries sent so far. */
  readonly queries: number;
  /** @throws UnreachableError when there is no usable answer after two more attempts */
  query(promql: string): Promise<QueryResult>;
}

export interface PrometheusOptions {
  signal: AbortSignal;
  /** For one attempt, in milliseconds. */
  timeoutMs?: number;
  backoffMs?: number;
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
interface Answer {
  status?: "success" | "error";
  error?: string;
  data?: { resultType?: string; result?: { metric: Record<string, string>; value: [number, string] }[] };
}

/** @throws InputError when `url` is none */
export function connectPrometheus(url: string, options: PrometheusOptions): Prometheus {
  const { signal, timeoutMs = 20_000, backoffMs = 500 } = options;
  const endpoint = endpointOf(url);
  let queries = 0;

  async function attempt(promql: string): Promise<QueryResult> {
    queries++;
    const response = await request(endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({ query: promql }).toString(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.body.text();
    const answer = parseAnswer(text);
    if (!answer?.status) {
      throw new Error(
        `it answers ${response.statusCode}, and not as Prometheus does: ${text.trim().slice(0, 120)}`,
      );
    }
    if (answer.status !== "success" || answer.data?.resultType !== "vector") {
      throw new Error(`it refuses a query (${response.statusCode}): ${answer.error ?? "no vector came"}`);
    }
    const samples = (answer.data.result ?? []).map(({ metric, value }) => ({
      labels: metric,
      value: Number(value[1]),
    }));
    const stamp = answer.data.result?.[0]?.value[0];
    return { samples, evaluatedAt: stamp === undefined ? Date.now() : stamp * 1000 };
  }

  return {
    url,
    get queries() {
      return queries;
    },
    async query(promql) {
      try {
        return await pRetry(() => attempt(promql), { retries: 2, minTimeout: backoffMs, signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const timedOut = error instanceof Error && error.name === "TimeoutError";
        const why = timedOut ? `no answer within ${timeoutMs / 1000} s` : rootCause(error);
        throw new UnreachableError(`Prometheus at ${url} gives no usage: ${why}`, { cause: error });
      }
    },
  };
}

function endpointOf(url: string): string {
  let base: URL;
  try {
    base = new URL(url);
  } catch {
    throw new InputError(`--prometheus: expected a URL such as http://localhost:9090, got ${url}`);
  }
  if (base.protocol !== "http:" && base.protocol !== "https:") {
    throw new InputError(`--prometheus: expected http:// or https://, got ${url}`);
  }
  return `${base.origin}${base.pathname.replace(/\/$/, "")}/api/v1/query`;
}

function parseAnswer(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

// Instant queries to Prometheus' HTTP API, with errors that say whether it is absent, failing, or something else.
import pRetry from "p-retry";
import { InputError, UnreachableError, rootCause } from "./failures.ts";
import { readElements } from "./kube/elements.ts";
import { type Answer as HttpAnswer, exchange } from "./kube/http.ts";

export interface Sample {
  labels: Record<string, string>;
  /** May be NaN or infinite. */
  value: number;
}

export interface QueryResult {
  /** Prometheus' own clock when it answered, ms since 1970: ages are told by it, not by ours. */
  evaluatedAt: number;
}

export interface Prometheus {
  readonly url: string;
  /** Queries sent so far. */
  readonly queries: number;
  /**
   * @param each takes the samples while they come in; a query that is tried again gives them once more
   * @throws UnreachableError when there is no usable answer after two more attempts
   */
  query(promql: string, each: (sample: Sample) => void): Promise<QueryResult>;
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
  data?: { resultType?: string };
}

/** An element of `data.result`. */
interface VectorElement {
  metric: Record<string, string>;
  value: [number, string];
}

/** A vector: its elements name their series first. */
const vector = { path: ["data", "result"], first: "metric" };

/** @throws InputError when `url` is none */
export function connectPrometheus(url: string, options: PrometheusOptions): Prometheus {
  const { signal, timeoutMs = 20_000, backoffMs = 500 } = options;
  const endpoint = endpointOf(url);
  let queries = 0;

  async function attempt(promql: string, each: (sample: Sample) => void): Promise<QueryResult> {
    queries++;
    const toSend = {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({ query: promql }).toString(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    };
    return exchange(endpoint, toSend, (response) => readVector(response, each));
  }

  return {
    url,
    get queries() {
      return queries;
    },
    async query(promql, each) {
      try {
        return await pRetry(() => attempt(promql, each), { retries: 2, minTimeout: backoffMs, signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const timedOut = error instanceof Error && error.name === "TimeoutError";
        const why = timedOut ? `no answer within ${timeoutMs / 1000} s` : rootCause(error);
        throw new UnreachableError(`Prometheus at ${url} gives no usage: ${why}`, { cause: error });
      }
    },
  };
}

async function readVector(response: HttpAnswer, each: (sample: Sample) => void): Promise<QueryResult> {
  let stamp: number | undefined;
  const beginning = new Beginning(response.body);
  const answer = await readElements<Answer>(beginning, vector, (element) => {
    const { metric, value } = element as VectorElement;
    stamp ??= value[0];
    each({ labels: metric, value: Number(value[1]) });
  }).catch(unlessNoJson);
  if (!answer?.status) {
    throw new Error(`it answers ${response.statusCode}, and not as Prometheus does: ${beginning.text()}`);
  }
  if (answer.status !== "success" || answer.data?.resultType !== "vector") {
    throw new Error(`it refuses a query (${response.statusCode}): ${answer.error ?? "no vector came"}`);
  }
  return { evaluatedAt: stamp === undefined ? Date.now() : stamp * 1000 };
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

function unlessNoJson(error: unknown): undefined {
  if (!(error instanceof SyntaxError)) throw error;
}

/** Passes a body on, and keeps how it begins, for the person who has to find out what answers there. */
class Beginning {
  readonly #body: AsyncIterable<Uint8Array>;
  #first: Uint8Array = new Uint8Array();

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#body) {
      if (this.#first.length === 0) this.#first = chunk.slice(0, 500);
      yield chunk;
    }
  }

  text(): string {
    return Buffer.from(this.#first).toString().trim().slice(0, 120);
  }
}

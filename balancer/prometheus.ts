// Instant queries to Prometheus' HTTP API, with errors that say whether it is absent, failing, or something else.
import pRetry, { AbortError } from "p-retry";
import { InputError, UnreachableError, rootCause } from "./failures.ts";
import { readElements } from "./kube/elements.ts";
import { type Answer as HttpAnswer, exchange } from "./kube/http.ts";
import type { PrometheusAccess } from "./prometheus/access.ts";

export interface Sample {
  labels: Record<string, string>;
  /** May be NaN or infinite. */
  value: number;
}

export interface QueryResult {
  /** Prometheus' own clock when it answered, ms since 1970: ages are told by it, not by ours. */
  evaluatedAt: number;
  /** What it says of its own answer; with any, something may be missing. */
  warnings: string[];
}

export interface Prometheus {
  /** Without login and password. */
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
  /** Who asks, and how to get there; missing: nobody is asked to say. */
  access?: PrometheusAccess;
  /** For one attempt, in milliseconds. */
  timeoutMs?: number;
  backoffMs?: number;
  /** For all queries together, from the first one on: what they leave of the round must be enough to act in. */
  budgetMs?: number;
  /** Of one answer; more is no cluster's usage, and not read. */
  maxBytes?: number;
  maxSeries?: number;
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
interface Answer {
  status?: "success" | "error";
  error?: string;
  warnings?: unknown;
  /** Of VictoriaMetrics' own, which gives no warnings: a part of its storage did not answer (VictoriaMetrics#4115). */
  isPartial?: unknown;
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
  const { signal, timeoutMs = 10_000, backoffMs = 500, budgetMs = 15_000 } = options;
  const { maxBytes = 128 * 2 ** 20, maxSeries = 400_000 } = options;
  const { shown, query: endpoint, auth } = endpointOf(url);
  const { access } = options;
  const agent = access?.agentFor(endpoint);
  let queries = 0;
  let budget: AbortSignal | undefined;

  async function attempt(
    promql: string,
    within: AbortSignal,
    each: (sample: Sample) => void,
  ): Promise<QueryResult> {
    queries++;
    const bounded = AbortSignal.any([within, AbortSignal.timeout(timeoutMs)]);
    const toSend = {
      ...{ method: "POST", agent, auth },
      headers: {
        ...{ "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        ...(await access?.headers(bounded)),
      },
      body: new URLSearchParams({ query: promql }).toString(),
      signal: bounded,
    };
    return exchange(endpoint, toSend, (response) => readVector(response, each, { maxBytes, maxSeries }));
  }

  return {
    url: shown,
    get queries() {
      return queries;
    },
    async query(promql, each) {
      budget ??= AbortSignal.timeout(budgetMs);
      const within = AbortSignal.any([signal, budget]);
      try {
        const retry = { retries: 2, minTimeout: backoffMs, signal: within };
        return await pRetry(() => attempt(promql, within, each), retry);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const timedOut = error instanceof Error && error.name === "TimeoutError";
        const why = budget.aborted
          ? `not all ${queries} queries were answered within ${budgetMs / 1000} s`
          : timedOut
            ? `no answer within ${timeoutMs / 1000} s`
            : error instanceof InputError || error instanceof UnreachableError
              ? error.message
              : rootCause(error);
        throw new UnreachableError(`Prometheus at ${shown} gives no usage: ${why}`, { cause: error });
      }
    },
  };
}

interface Caps {
  maxBytes: number;
  maxSeries: number;
}

async function readVector(
  response: HttpAnswer,
  each: (sample: Sample) => void,
  { maxBytes, maxSeries }: Caps,
): Promise<QueryResult> {
  let stamp: number | undefined;
  let series = 0;
  const beginning = new Beginning(response.body, maxBytes);
  const answer = await readElements<Answer>(beginning, vector, (element) => {
    const { metric, value } = element as Partial<VectorElement>;
    if (typeof metric !== "object" || !Array.isArray(value)) return;
    if (++series > maxSeries) throw new AbortError(`its answer was cut after ${maxSeries} series`);
    if (Number.isFinite(value[0])) stamp ??= value[0];
    each({ labels: metric, value: Number(value[1]) });
  }).catch(unlessNoJson);
  if (response.statusCode === 401 || response.statusCode === 403) {
    throw new AbortError(
      `it does not let us in (${response.statusCode}): ${beginning.text()}; how to log in is said by --prometheus-config`,
    );
  }
  if (!answer?.status) {
    throw new Error(`it answers ${response.statusCode}, and not as Prometheus does: ${beginning.text()}`);
  }
  if (answer.status !== "success" || answer.data?.resultType !== "vector") {
    throw new Error(`it refuses a query (${response.statusCode}): ${answer.error ?? "no vector came"}`);
  }
  return { evaluatedAt: stamp === undefined ? Date.now() : stamp * 1000, warnings: warningsOf(answer) };
}

/** Remarks on the query are no warnings, though some stores put them there (thanos-io/thanos#8229). */
function warningsOf({ warnings, isPartial }: Answer): string[] {
  const told = Array.isArray(warnings) ? warnings.map(String) : [];
  return [
    ...told.filter((warning) => !warning.startsWith("PromQL info: ")),
    ...(isPartial === true ? ["isPartial: a part of its storage did not answer"] : []),
  ];
}

interface Endpoint {
  /** As it may be shown: without what stands before `@`. */
  shown: string;
  query: string;
  /** `user:password`; whatever else says who asks goes before it. */
  auth?: string;
}

/** Login and password in a URL are sent (RFC 7617), and never shown. */
function endpointOf(url: string): Endpoint {
  const shown = url.replace(/^([^/]*\/\/)?.*@/s, "$1");
  const base = URL.parse(url);
  if (base === null) {
    throw new InputError(`--prometheus: expected a URL such as http://localhost:9090, got ${shown}`);
  }
  const { protocol, origin, pathname, username, password, search, hash } = base;
  if (protocol !== "http:" && protocol !== "https:") {
    throw new InputError(`--prometheus: expected http:// or https://, got ${shown}`);
  }
  if (search !== "" || hash !== "") {
    throw new InputError(`--prometheus: expected nothing behind the path ${pathname}`);
  }
  return {
    shown,
    query: `${origin}${pathname.replace(/\/$/, "")}/api/v1/query`,
    auth: username === "" && password === "" ? undefined : [username, password].map(decoded).join(":"),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InputError("--prometheus: expected %-escapes in the login or password to be UTF-8");
  }
}

function unlessNoJson(error: unknown): undefined {
  if (!(error instanceof SyntaxError)) throw error;
}

/** Passes a body on up to a size, and keeps how it begins, for the person who has to find out what answers there. */
class Beginning {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #maxBytes: number;
  #first: Uint8Array = new Uint8Array();

  constructor(body: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#body = body;
    this.#maxBytes = maxBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of this.#body) {
      if (this.#first.length === 0) this.#first = chunk.slice(0, 500);
      bytes += chunk.length;
      if (bytes > this.#maxBytes) throw new AbortError(`its answer was cut after ${this.#maxBytes} bytes`);
      yield chunk;
    }
  }

  text(): string {
    return Buffer.from(this.#first).toString().trim().slice(0, 120);
  }
}

// One request to the API server: raw JSON, with retries that are safe for what is asked.
//
// client-node's typed API would build a class instance for every pod; only its KubeConfig (credentials, CA, proxy,
// exec plugins) is used here.
import { json, text } from "node:stream/consumers";
import pRetry from "p-retry";
import { InputError, UnreachableError, rootCause } from "../failures.ts";
import { ApiError, isServerFault, isStatus } from "./apiError.ts";
import { type ClusterAccess, type Credentials, readCredentials } from "./credentials.ts";
import { type Answer, exchange } from "./http.ts";
import { type KubeRequest, isRead } from "./request.ts";
import { clarify, isWorthRetrying, waitAsAsked } from "./retry.ts";

export type { ClusterAccess, KubeRequest };

/** @throws SyntaxError on a body that is no use: the request is then sent again where that is safe */
export type BodyReader<T> = (body: AsyncIterable<Uint8Array>) => Promise<T>;

export interface KubeClient {
  /** `https://…` as in the kubeconfig. */
  readonly server: string;
  /** Requests sent so far, retries included. */
  readonly calls: { reads: number; writes: number };
  /** The API server's clock (its `Date` header), so that a laptop with a wrong clock does no harm; ms since 1970. */
  now(): number;
  /**
   * @param read makes the result of a good answer's body, once for each attempt; default: all of it as JSON
   * @throws ApiError when refused, UnreachableError when no usable answer came within the attempts
   */
  send<T>(what: KubeRequest, read?: BodyReader<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ClientOptions {
  /** Ends everything that is under way; its reason is thrown. Missing: nothing does. */
  signal?: AbortSignal;
  /** Of every request; default `spot-balancer`. */
  userAgent?: string;
  /** Gets what the server warns of beside its answer to the request for `path`. */
  onWarning?: (text: string, path: string) => void;
  /** For one attempt, in milliseconds. */
  timeoutMs?: number;
  /** Attempts after the first one. */
  retries?: number;
  /** Wait before the second attempt, doubled for each further one; in milliseconds. */
  backoffMs?: number;
}

/**
 * Of a write no attempt is begun later than this, so that it ends while the Lease is still ours for certain (lease.ts):
 * this, the longest wait asked for, and one more attempt are less than two thirds of the Lease's time.
 */
const writeRetryMs = 10_000;

/** Below this difference the local clock is taken: the `Date` header has a resolution of a second. */
const clockToleranceMs = 2000;

const never = new AbortController().signal;

export function connect(config: ClusterAccess, options: ClientOptions = {}): KubeClient {
  const { signal: ending = never, timeoutMs = 20_000, retries = 5, backoffMs = 250 } = options;
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new InputError("The kubeconfig names no cluster for its current context");
  const server = cluster.server.replace(/\/+$/, "");
  const calls = { reads: 0, writes: 0 };
  let clockOffset = 0;
  let credentials: Promise<Credentials> | undefined;

  async function attempt<T>(what: KubeRequest, signal: AbortSignal, read?: BodyReader<T>): Promise<T> {
    const { method = "GET", path, query } = what;
    const body = what.body === undefined ? undefined : JSON.stringify(what.body);
    const { headers, agent, auth } = await (credentials ??= readCredentials(config));
    if (isRead(what)) calls.reads++;
    else calls.writes++;
    const toSend = {
      ...{ method, agent, auth },
      headers: {
        ...headers,
        accept: "application/json",
        "user-agent": options.userAgent ?? "spot-balancer",
        ...(body !== undefined && {
          "content-type": what.contentType ?? "application/json",
          // Node leaves it out for a DELETE, and the server would take the body for the next request.
          "content-length": String(Buffer.byteLength(body)),
        }),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(what.timeoutMs ?? timeoutMs)]),
    };
    return exchange(server + path + queryString(query), toSend, async (answer) => {
      takeTime(answer);
      for (const warning of warningsIn(answer)) options.onWarning?.(warning, path);
      if (answer.statusCode >= 400) {
        const said = await text(answer.body);
        throw new ApiError(`${method} ${path}`, answer.statusCode, said, retryAfter(answer));
      }
      return read ? read(answer.body) : ((await json(answer.body)) as T);
    });
  }

  function takeTime({ headers }: Answer): void {
    const date = Date.parse(headers.date ?? "");
    if (!Number.isNaN(date))
      clockOffset = Math.abs(date - Date.now()) < clockToleranceMs ? 0 : date - Date.now();
  }

  return {
    server,
    calls,
    now: () => Date.now() + clockOffset,
    async send<T>(what: KubeRequest, read?: BodyReader<T>): Promise<T> {
      const signal = what.signal ? AbortSignal.any([ending, what.signal]) : ending;
      const { repeatable = isRead(what), retries: most = retries } = what;
      // Also who wants no second attempt gets one when the token was renewed.
      const again = (error: unknown, attemptNumber: number) =>
        (attemptNumber <= most || isStatus(error, 401)) && isWorthRetrying(what, error, attemptNumber);
      try {
        return await pRetry(() => attempt(what, signal, read).catch(clarify), {
          retries: Math.max(1, repeatable ? most : Math.min(most, 2)),
          maxRetryTime: repeatable ? Infinity : writeRetryMs,
          minTimeout: backoffMs,
          maxTimeout: 5000,
          randomize: true,
          signal,
          shouldRetry: ({ error, attemptNumber }) => again(error, attemptNumber),
          onFailedAttempt: async ({ error, retriesLeft, attemptNumber }) => {
            if (isStatus(error, 401)) credentials = undefined;
            if (retriesLeft > 0 && again(error, attemptNumber)) await waitAsAsked(error, signal);
          },
        });
      } catch (error) {
        throw explain(error, server, signal);
      }
    },
    close: async () => {
      (await credentials)?.agent.destroy();
    },
  };
}

function explain(error: unknown, server: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof InputError) return error;
  if (!(error instanceof ApiError)) {
    return new UnreachableError(`The cluster at ${server} cannot be reached: ${rootCause(error)}`, {
      cause: error,
    });
  }
  if (error.status === 401) {
    return new UnreachableError(
      `The cluster at ${server} does not accept the credentials (401): the token has expired or was revoked. ` +
        "Log in again, or name another context with --context.",
      { cause: error },
    );
  }
  if (isServerFault(error)) {
    return new UnreachableError(`The cluster at ${server} fails: ${error.message}`, { cause: error });
  }
  return error;
}

/** In seconds, as the API server says it; what stands before one may name a time (RFC 9110, Azure/azure-sdk-for-net#5703). */
function retryAfter({ headers: { "retry-after": after, date } }: Answer): string | undefined {
  const until = after === undefined || /^\d/.test(after) ? NaN : Date.parse(after);
  if (Number.isNaN(until)) return after;
  const now = Date.parse(date ?? "");
  return String(Math.max(0, until - (Number.isNaN(now) ? Date.now() : now)) / 1000);
}

/** Texts of a Warning header, such as `299 - "unknown field \"spec.x\""`; several are joined by commas. */
const warningsIn = ({ headers: { warning } }: Answer): string[] =>
  [...(warning ?? "").matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );

function queryString(query: KubeRequest["query"]): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) given.set(key, String(value));
  }
  return given.size === 0 ? "" : `?${given.toString()}`;
}

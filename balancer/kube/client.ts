// One request to the API server: raw JSON over undici, with retries that are safe for what is asked.
//
// client-node's typed API would build a class instance for every pod; only its KubeConfig (credentials, CA, proxy,
// exec plugins) is used here.
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import pRetry from "p-retry";
import { type Dispatcher, request } from "undici";
import { InputError, UnreachableError, rootCause } from "../failures.ts";
import { ApiError } from "./apiError.ts";

export interface KubeRequest {
  /** Default GET. */
  method?: "GET" | "POST" | "PUT" | "PATCH";
  /** `/apis/apps/v1/deployments` */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Of the body; default `application/json`. */
  contentType?: string;
  /** `false`: a 429 is an answer (a disruption budget), not a request to wait. Default true. */
  retryTooManyRequests?: boolean;
}

export interface KubeClient {
  /** `https://…` as in the kubeconfig. */
  readonly server: string;
  /** Requests sent so far, retries included. */
  readonly calls: { reads: number; writes: number };
  /** The API server's clock (its `Date` header), so that a laptop with a wrong clock does no harm; ms since 1970. */
  now(): number;
  /** @throws ApiError when refused, UnreachableError when no usable answer came within the attempts */
  send<T>(what: KubeRequest): Promise<T>;
  close(): Promise<void>;
}

export interface ClientOptions {
  /** Ends everything that is under way; its reason is thrown. */
  signal: AbortSignal;
  /** For one attempt, in milliseconds. */
  timeoutMs?: number;
  /** Attempts after the first one. */
  retries?: number;
  /** Wait before the second attempt, doubled for each further one; in milliseconds. */
  backoffMs?: number;
}

/** Below this difference the local clock is taken: the `Date` header has a resolution of a second. */
const clockToleranceMs = 2000;

export function connect(config: KubeConfig, options: ClientOptions): KubeClient {
  const { signal, timeoutMs = 20_000, retries = 4, backoffMs = 250 } = options;
  const server = config.getCurrentCluster()!.server.replace(/\/$/, "");
  const calls = { reads: 0, writes: 0 };
  let clockOffset = 0;
  let credentials: Promise<Credentials> | undefined;

  async function attempt<T>(what: KubeRequest): Promise<T> {
    const { method = "GET", path, query, body } = what;
    const { headers, dispatcher } = await (credentials ??= readCredentials(config));
    if (method === "GET") calls.reads++;
    else calls.writes++;
    const response = await request(server + path + queryString(query), {
      method,
      dispatcher,
      headers: {
        ...headers,
        accept: "application/json",
        "user-agent": "spot-balancer",
        ...(body !== undefined && { "content-type": what.contentType ?? "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.body.text();
    const date = Date.parse(headerText(response.headers["date"]) ?? "");
    if (!Number.isNaN(date))
      clockOffset = Math.abs(date - Date.now()) < clockToleranceMs ? 0 : date - Date.now();
    if (response.statusCode >= 400) {
      throw new ApiError(
        `${method} ${path}`,
        response.statusCode,
        text,
        headerText(response.headers["retry-after"]),
      );
    }
    return JSON.parse(text) as T;
  }

  return {
    server,
    calls,
    now: () => Date.now() + clockOffset,
    async send<T>(what: KubeRequest): Promise<T> {
      try {
        return await pRetry(() => attempt<T>(what).catch(clarify), {
          // A write has to end while the Lease is still ours for certain (lease.ts).
          retries: what.method === undefined || what.method === "GET" ? retries : Math.min(retries, 2),
          minTimeout: backoffMs,
          maxTimeout: 5000,
          randomize: true,
          signal,
          shouldRetry: ({ error, attemptNumber }) => isWorthRetrying(what, error, attemptNumber),
          onFailedAttempt: async ({ error, retriesLeft, attemptNumber }) => {
            if (error instanceof ApiError && error.status === 401) credentials = undefined;
            if (retriesLeft > 0 && isWorthRetrying(what, error, attemptNumber))
              await waitAsAsked(error, signal);
          },
        });
      } catch (error) {
        throw explain(error, server, signal);
      }
    },
    close: async () => {
      await (await credentials)?.dispatcher?.close();
    },
  };
}

interface Credentials {
  headers: Record<string, string>;
  dispatcher: Dispatcher | undefined;
}

/** Asks the kubeconfig for headers (token, impersonation) and the connection (CA, client certificate, proxy). */
async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const headers: Record<string, string> = {};
  let dispatcher: Dispatcher | undefined;
  const sink = {
    setHeaderParam: (name: string, value: string) => (headers[name] = value.trim()),
    setDispatcher: (value: Dispatcher) => (dispatcher = value),
  };
  try {
    await config.applySecurityAuthentication(
      sink as unknown as Parameters<KubeConfig["applySecurityAuthentication"]>[0],
    );
  } catch (error) {
    throw new InputError(`Cannot use the credentials of the kubeconfig: ${rootCause(error)}`, {
      cause: error,
    });
  }
  return { headers, dispatcher };
}

/**
 * Reads may be repeated at will. A write that was cut off may have been done, so it is repeated only when the server
 * says that it did nothing (429), or when there was no connection at all.
 */
function isWorthRetrying(
  { method = "GET", retryTooManyRequests = true }: KubeRequest,
  error: unknown,
  attemptNumber: number,
): boolean {
  if (error instanceof InputError) return false;
  if (!(error instanceof ApiError)) return method === "GET" || rootCause(error).includes("ECONNREFUSED");
  if (error.status === 429) return retryTooManyRequests;
  if (method !== "GET") return false;
  // A token may have been renewed meanwhile; one that is refused twice is refused.
  if (error.status === 401) return attemptNumber === 1;
  return error.status >= 500;
}

async function waitAsAsked(error: unknown, signal: AbortSignal): Promise<void> {
  if (!(error instanceof ApiError) || error.retryAfterMs === undefined) return;
  await delay(Math.min(error.retryAfterMs, 5000), undefined, { signal });
}

/** p-retry gives up on every TypeError, and "aborted due to timeout" says little to a person. */
function clarify(error: unknown): never {
  if (error instanceof TypeError || error instanceof SyntaxError) {
    throw new Error(`unusable answer: ${error.message}`);
  }
  if (error instanceof Error && error.name === "TimeoutError") throw new Error("no answer in time");
  throw error;
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
  if (error.status >= 500) {
    return new UnreachableError(`The cluster at ${server} fails: ${error.message}`, { cause: error });
  }
  return error;
}

function queryString(query: KubeRequest["query"]): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) given.set(key, String(value));
  }
  return given.size === 0 ? "" : `?${given.toString()}`;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

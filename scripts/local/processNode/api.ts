// Plain JSON access to the API server. The watch delivers plain JSON, so everything here does: no dates as
// objects in one place and as text in another.
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { ApiException, type KubeConfig } from "@kubernetes/client-node";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One event of a watch. `ERROR` carries a Status object. */
interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

export interface Api {
  /**
   * Sends a request and returns the answer's JSON. A PATCH is a strategic merge patch.
   * Throws ApiException (with the HTTP status as `code`) for every answer that is not 2xx.
   */
  request<T = unknown>(method: Method, path: string, body?: unknown): Promise<T>;
  /** Events of a watch until the server ends it; throws when the connection breaks or the signal aborts. */
  watch<T>(path: string, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
  close(): void;
}

const requestTimeoutMs = 15_000;

async function text(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let body = "";
  for await (const chunk of response) body += chunk as string;
  return body;
}

/** Connects with the current context of the kubeconfig. */
export async function connect(config: KubeConfig): Promise<Api> {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error("the kubeconfig names no current cluster");
  const { headers, ca, cert, key, rejectUnauthorized, servername } = await httpsOptions(config);
  const agent = new https.Agent({
    ca,
    cert,
    key,
    rejectUnauthorized,
    servername,
    keepAlive: true,
    maxSockets: 32,
  });

  const send = (
    method: Method,
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const type = method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json";
      const own = {
        Accept: "application/json",
        "Content-Type": type,
        // Node leaves it out for a DELETE, and the server would take the body for the next request.
        "Content-Length": content?.length ?? 0,
      };
      const options = { method, agent, signal, headers: { ...headers, ...own } };
      const request = https.request(server + path, options, resolve).on("error", reject);
      if (signal === undefined)
        request.setTimeout(requestTimeoutMs, () => {
          request.destroy(new Error(`${method} ${path}: no answer within ${requestTimeoutMs / 1000} s`));
        });
      request.end(content);
    });

  const checked = async (
    method: Method,
    path: string,
    response: IncomingMessage,
  ): Promise<IncomingMessage> => {
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    const body = await text(response);
    const error = new ApiException(code, "", body, {});
    error.message = `${method} ${path}: ${code} ${messageOf(body)}`; // one line, without the body once more
    throw error;
  };

  return {
    async request<T>(method: Method, path: string, body?: unknown) {
      const response = await checked(method, path, await send(method, path, body));
      return JSON.parse(await text(response)) as T;
    },
    async *watch<T>(path: string, signal: AbortSignal) {
      const response = await checked("GET", path, await send("GET", path, undefined, signal));
      response.setEncoding("utf8");
      let rest = "";
      // Not by readline: that never ends when the connection breaks.
      for await (const chunk of response) {
        const lines = (rest + (chunk as string)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line) as WatchEvent<T>;
      }
    },
    close: () => agent.destroy(),
  };
}

async function httpsOptions(config: KubeConfig): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

/** The API server's own words in a Status answer. */
function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body;
  }
}

// Requests to the API server as the pod's ServiceAccount: raw JSON, no client library, since only lists and watches are read.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, get } from "node:https";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";

export interface KubeApi {
  /** @throws KubeError when refused */
  list<T>(path: string, query: Record<string, string>): Promise<ListAnswer<T>>;
  /** Changes since `resourceVersion`, until the server ends it. @throws KubeError when refused */
  watch<T>(path: string, query: Record<string, string>, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
  close(): void;
}

export interface ListAnswer<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[] | null;
}

export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

/** The API server understood, and said no. */
export class KubeError extends Error {
  override name = "KubeError";
  /** HTTP status; 410: the resource version is too old. */
  readonly status: number;

  constructor(status: number, path: string, message: string) {
    super(`GET ${path}: ${status} ${message}`);
    this.status = status;
  }
}

/** A watch gets a bookmark about every minute; one that is silent for longer is dead. */
const watchSilenceMs = 120_000;
const listSilenceMs = 15_000;

/** @param serviceAccountDir has `token`, which is renewed now and then, and `ca.crt` */
export function connectApi(server: string, serviceAccountDir: string): KubeApi {
  let agent: Agent | undefined;

  async function open(
    path: string,
    query: Record<string, string>,
    options: { timeout: number; signal?: AbortSignal },
  ): Promise<IncomingMessage> {
    agent ??= new Agent({ keepAlive: true, ca: readFileSync(join(serviceAccountDir, "ca.crt")) });
    const token = readFileSync(join(serviceAccountDir, "token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "backend" };
    const request = get(`${server}${path}?${new URLSearchParams(query).toString()}`, {
      ...{ agent, headers },
      ...options,
    });
    // `timeout` is silence on the connection; Node only tells of it.
    request.on("timeout", () => request.destroy(new Error("the API server is silent")));
    const [response] = (await once(request, "response")) as [IncomingMessage];
    if (response.statusCode === 200) return response;
    throw new KubeError(response.statusCode ?? 0, path, messageOf(await text(response)));
  }

  return {
    async list<T>(path: string, query: Record<string, string>) {
      const answer = await open(path, query, { timeout: listSilenceMs, signal: AbortSignal.timeout(60_000) });
      return (await json(answer)) as ListAnswer<T>;
    },
    async *watch<T>(path: string, query: Record<string, string>, signal: AbortSignal) {
      const answer = await open(path, { ...query, watch: "true" }, { timeout: watchSilenceMs, signal });
      // Not by readline, which keeps errors of its input to itself.
      let rest = "";
      for await (const chunk of answer.setEncoding("utf8") as AsyncIterable<string>) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchEvent<T>;
      }
    },
    close: () => agent?.destroy(),
  };
}

function messageOf(answer: string): string {
  try {
    return (JSON.parse(answer) as { message?: string }).message ?? answer.slice(0, 200);
  } catch {
    return answer.slice(0, 200);
  }
}

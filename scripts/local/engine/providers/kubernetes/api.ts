// Plain requests to a Kubernetes API: JSON in, JSON out, and errors that say what the server said.
import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Properties } from "../../values.ts";

/** The API server answered with an error. */
export class ApiError extends Error {
  readonly status: number;
  /** `Conflict`, `NotFound`, `Invalid`, … */
  readonly reason: string;
  readonly causes: { field?: string; message?: string; reason?: string }[];

  constructor(
    status: number,
    body: { message?: string; reason?: string; details?: { causes?: ApiError["causes"] } },
  ) {
    super(body.message ?? `the API server answered ${status}`);
    this.status = status;
    this.reason = body.reason ?? "";
    this.causes = body.details?.causes ?? [];
  }
}

/** The API server did not answer at all. */
export class UnreachableError extends Error {}

export interface KubeApi {
  /** Sends a request; `path` starts with `/`, a body is sent as `contentType` (default JSON). */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Properties>;
  close(): void;
}

const attempts = 4;
/** The server asks to come again (429, 503), or a connection broke: tried again after once, twice, four times this. */
const defaultPauseMs = 200;
const answerLimitMs = 30_000;

export interface ApiOptions {
  pauseMs?: number;
  /** Gets what the server warns of beside its answer to the request for `path`. */
  onWarning?: (text: string, path: string) => void;
}

export function openApi(
  config: KubeConfig,
  { pauseMs = defaultPauseMs, onWarning = () => {} }: ApiOptions = {},
): KubeApi {
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new Error(`the kubeconfig names no cluster for its current context "${config.currentContext}"`);
  const server = cluster.server.replace(/\/+$/, "");
  const secure = server.startsWith("https:");
  const agent = secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });

  async function once(
    method: string,
    path: string,
    body: Buffer | undefined,
    contentType: string,
  ): Promise<Properties> {
    const options: https.RequestOptions = { method, timeout: answerLimitMs };
    if (secure) await config.applyToHTTPSOptions(options);
    options.agent = agent;
    options.headers = {
      ...(options.headers as http.OutgoingHttpHeaders | undefined),
      accept: "application/json",
      ...(body ? { "content-type": contentType, "content-length": body.length } : {}),
    };
    return new Promise((resolve, reject) => {
      const unreachable = (error: Error): void =>
        reject(
          new UnreachableError(
            `the Kubernetes API at ${server} does not answer: ${error.message || "connection refused"}`,
            { cause: error },
          ),
        );
      const request = (secure ? https : http).request(server + path, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", unreachable);
        response.on("end", () => {
          for (const text of warningsIn(response.headers["warning"])) onWarning(text, path);
          const status = response.statusCode ?? 0;
          const reply = parse(Buffer.concat(chunks).toString("utf8"));
          if (status >= 200 && status < 300) resolve(reply);
          else reject(new ApiError(status, reply));
        });
      });
      request.on("timeout", () => request.destroy(new Error(`no answer within ${answerLimitMs / 1000} s`)));
      request.on("error", unreachable);
      request.end(body);
    });
  }

  return {
    async request(method, path, body, contentType = "application/json") {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(method, path, bytes, contentType);
        } catch (error) {
          if (attempt === attempts || !mayPass(error)) throw error;
          await delay(pauseMs * 2 ** (attempt - 1));
        }
      }
    },
    close: () => agent.destroy(),
  };
}

/** Every request here can be repeated: reads, applies and deletes end in the same place. */
const mayPass = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof ApiError && (error.status === 429 || error.status === 503));

/** Texts of a Warning header, such as `299 - "unknown field \"spec.x\""`; several are joined by commas. */
const warningsIn = (header: string | undefined): string[] =>
  [...(header ?? "").matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );

function parse(text: string): Properties {
  try {
    return JSON.parse(text) as Properties;
  } catch {
    return { message: text.trim().slice(0, 500) };
  }
}

// HTTP to the one server that load is aimed at, on connections that stay open.
import { Pool } from "undici";
import { UnreachableError, rootCause } from "../../balancer/failures.ts";
import type { HttpRequest } from "./requests.ts";

export interface Answer {
  status: number;
  variant: string | undefined;
  text: string;
}

export interface Client {
  /** @throws Error of the network, or the signal's reason */
  send(request: HttpRequest, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** @param url `http(s)://host[:port][/prefix]` @param connections at most; what is more waits, and its latency says so */
export function connectTo(url: URL, connections: number): Client {
  const pool = new Pool(url.origin, { connections, pipelining: 1 });
  const prefix = url.pathname.replace(/\/$/, "");
  return {
    async send({ method, path, body }, signal) {
      const answer = await pool.request({
        ...{ method, path: prefix + path, signal },
        ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
      });
      const variant = answer.headers["x-variant"];
      return {
        status: answer.statusCode,
        variant: typeof variant === "string" ? variant : undefined,
        text: await answer.body.text(),
      };
    },
    close: () => pool.destroy(),
  };
}

/** One request, before hundreds: whatever it answers. @throws UnreachableError */
export async function knock(client: Client, url: URL, timeoutMs: number): Promise<void> {
  try {
    await client.send({ method: "GET", path: "/" }, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    throw new UnreachableError(`nothing answers at ${url.href}: ${rootCause(error)}`);
  }
}

/** @throws UnreachableError, also when the API has none */
export async function machinesOf(client: Client, timeoutMs: number): Promise<string[]> {
  const { status, text } = await client.send(
    { method: "GET", path: "/api/machines" },
    AbortSignal.timeout(timeoutMs),
  );
  const { machines = [] } = status === 200 ? (JSON.parse(text) as { machines?: { machine: string }[] }) : {};
  if (machines.length === 0) {
    throw new UnreachableError(
      `expected the machines that the API has samples of, got status ${status}: ${text}`,
    );
  }
  return machines.map(({ machine }) => machine);
}

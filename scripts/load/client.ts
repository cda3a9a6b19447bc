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

/**
 * @param url `http(s)://host[:port][/prefix]`
 * @param connections at most; what is more waits, and its latency says so
 * @param token goes with what is posted
 */
export function connectTo(url: URL, connections: number, token?: string): Client {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const pool = new Pool(url.origin, { connections, pipelining: 1 });
  const prefix = url.pathname.replace(/\/$/, "");
  return {
    async send({ method, path, body }, signal) {
      const answer = await pool.request({
        ...{ method, path: prefix + path, signal },
        ...(body !== undefined && { body, headers: { "content-type": "application/json", ...bearer } }),
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

const firstAnswerMs = 10_000;

/** One request, before hundreds: whatever it answers. @throws UnreachableError */
export async function knock(client: Client, url: URL, signal: AbortSignal): Promise<void> {
  try {
    await client.send({ method: "GET", path: "/" }, soon(signal));
  } catch (error) {
    throw new UnreachableError(`nothing answers at ${url.href}: ${rootCause(error)}`);
  }
}

/** Those that the API has samples of. @throws UnreachableError, also when there are none */
export async function machinesOf(client: Client, signal: AbortSignal): Promise<string[]> {
  const path = "/api/machines";
  const expected = `${path}: expected machines that the API has samples of, got`;
  try {
    const { status, text } = await client.send({ method: "GET", path }, soon(signal));
    const machines = status === 200 ? machinesIn(text) : [];
    if (machines.length > 0) return machines;
    throw new Error(`status ${status}: ${text.slice(0, 200)}`);
  } catch (error) {
    throw new UnreachableError(`${expected} ${rootCause(error)}`);
  }
}

const soon = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(firstAnswerMs)]);

/** None when it is another kind of answer. */
function machinesIn(text: string): string[] {
  try {
    const { machines } = JSON.parse(text) as { machines: { machine: string }[] };
    return machines.map(({ machine }) => machine);
  } catch {
    return [];
  }
}

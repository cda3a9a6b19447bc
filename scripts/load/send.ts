// One request from the time it is due to its outcome.
import { rootCause } from "../../balancer/failures.ts";
import type { Counts } from "../../k8s/backend/src/schemas.ts";
import type { Client } from "./client.ts";
import type { LoadRequest } from "./profile.ts";
import type { HttpRequest } from "./requests.ts";
import type { Outcome } from "./statistics.ts";

export interface Sending {
  client: Client;
  request: LoadRequest;
  filled: HttpRequest;
  /** As `performance.now()`. */
  due: number;
  /** From `due` on. */
  timeoutMs: number;
  /** Aborted by whoever does not want the answer any more. */
  controller: AbortController;
  /** Gets an answer that is to be kept. @throws Error when it is no record */
  keep: (answer: string) => void;
}

const timedOut = new Error("timeout");

/** The generator's fault, not the server's. */
const tooLate = "not sent: its time was over, this generator was late";

/** undefined when it was cut off by its controller. Never fails: what goes wrong is an outcome. */
export async function send(sending: Sending): Promise<Outcome | undefined> {
  const { client, request, filled, due, timeoutMs, controller, keep } = sending;
  const sendDelayMs = Math.max(0, performance.now() - due);
  if (sendDelayMs >= timeoutMs) return { latencyMs: sendDelayMs, sendDelayMs: undefined, problem: tooLate };
  const timer = setTimeout(() => controller.abort(timedOut), timeoutMs - sendDelayMs);
  try {
    const { status, variant, text } = await client.send(filled, controller.signal);
    const latencyMs = Math.max(0, performance.now() - due);
    return { latencyMs, sendDelayMs, variant, problem: problemOf(request, status, text, keep) };
  } catch (error) {
    if (controller.signal.reason === timedOut) {
      return { latencyMs: performance.now() - due, sendDelayMs, problem: timedOut.message };
    }
    if (controller.signal.aborted) return undefined;
    return { latencyMs: undefined, sendDelayMs, problem: nameOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

function problemOf(
  { expect, record, body }: LoadRequest,
  status: number,
  text: string,
  keep: (answer: string) => void,
): string | undefined {
  if (!(expect?.includes(status) ?? (status >= 200 && status < 300))) return `HTTP ${status}`;
  if (body !== undefined && isOutside(text)) return "not stored: outside of what is kept, by the API's clock";
  try {
    if (record) keep(text);
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? "answer is no JSON" : `not kept: ${nameOf(error)}`;
  }
}

/** The API takes a sample of another time, and stores nothing, so that no load was put on it. */
function isOutside(text: string): boolean {
  try {
    return (JSON.parse(text) as Partial<Counts>).outside === 1;
  } catch {
    return false; // another server, which says nothing of it
  }
}

function nameOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : rootCause(error);
}

// Talks to a running supervisor over its Unix socket.
import { request } from "node:http";
import { json } from "node:stream/consumers";
import type { SupervisorStatus } from "../processes/status.ts";

/** Nothing listens on the socket: the supervisor does not run (any more), or not yet. */
export class SupervisorUnreachable extends Error {}

/** The supervisor's answer to one call. Throws what it reports, or `SupervisorUnreachable`. */
export async function callSupervisor(socket: string, route: string, body?: unknown): Promise<unknown> {
  const [method, path] = route.split(" ");
  const { status, answer } = await new Promise<{ status: number | undefined; answer: unknown }>(
    (resolve, reject) => {
      const call = request({ socketPath: socket, method, path, agent: false }, (response) => {
        json(response).then((answer) => resolve({ status: response.statusCode, answer }), reject);
      });
      call.on("error", (error: NodeJS.ErrnoException) => {
        const gone = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(error.code ?? "");
        reject(
          gone ? new SupervisorUnreachable(`no supervisor answers on ${socket}`, { cause: error }) : error,
        );
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
    },
  );
  if (status === 200) return answer;
  if (status === 404) {
    throw new Error(
      `the supervisor has no ${route}: the environment runs by another version of this project. ` +
        "Stop it with `npm run local -- down`, then start it again",
    );
  }
  throw new Error(
    (answer as { error?: string } | null)?.error ?? `the supervisor answered ${status} to ${route}`,
  );
}

/** What the supervisor says of itself and its components; undefined when none runs. */
export async function supervisorStatus(socket: string): Promise<SupervisorStatus | undefined> {
  try {
    return (await callSupervisor(socket, "GET /status")) as SupervisorStatus;
  } catch (error) {
    if (error instanceof SupervisorUnreachable) return undefined;
    throw error;
  }
}

/** Asks the supervisor to stop everything; returns at once. */
export async function requestShutdown(socket: string): Promise<void> {
  await callSupervisor(socket, "POST /shutdown");
}

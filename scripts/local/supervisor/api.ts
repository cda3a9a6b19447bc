// The supervisor's HTTP API on a Unix socket that only its user can open.
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";

/** Handlers by `<METHOD> <path>`; each gets the body (JSON, or undefined) and answers with what becomes JSON. */
export type Routes = Record<string, (body: unknown) => unknown>;

/** Listens on `socket`, replacing what a dead supervisor left there. */
export async function serveApi(socket: string, routes: Routes): Promise<Server> {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  chmodSync(dirname(socket), 0o700); // fails when the folder is somebody else's
  rmSync(socket, { force: true });
  const server = createServer((request, response) => {
    void answer(routes, request).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify(body ?? null));
    });
  });
  await once(server.listen(socket), "listening");
  return server;
}

async function answer(routes: Routes, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const name = `${request.method} ${request.url}`;
  const handler = routes[name];
  if (!handler) return { status: 404, body: { error: `the supervisor has no ${name}` } };
  try {
    const content = await text(request);
    return { status: 200, body: await handler(content === "" ? undefined : JSON.parse(content)) };
  } catch (error) {
    return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

// The page and the API on one origin, as the gateway makes them one: the page's own server, and a way to a backend.
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildPage } from "../../../../k8s/frontend/build.ts";
import { servePage } from "../../../../k8s/frontend/server/app.ts";

export interface Origin {
  /** `http://127.0.0.1:port` */
  url: string;
  close: () => void;
}

/**
 * @param backend its address; gets what begins with `/api/`
 * @param folder where the page's files go, which are built first when they are not yet
 */
export async function serveOrigin(backend: string, folder: string): Promise<Origin> {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of await buildPage()) {
    writeFileSync(join(folder, name), bytes);
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
  const page = servePage(folder);
  const server = createServer((asked, response) => {
    if (asked.url?.startsWith("/api/")) forward(backend, asked, response);
    else page(asked, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function forward(backend: string, asked: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = asked;
  const onward = request(`${backend}${asked.url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  });
  onward.once("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.once("close", () => onward.destroy());
  asked.pipe(onward);
}

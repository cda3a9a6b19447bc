// The page's web server as a program: settings in, clean end on SIGTERM.
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createServers } from "./app.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env);
if (typeof settings === "string") {
  console.error(settings);
  process.exit(2);
}
const { folder, host, port, metricsPort, shutdownSeconds } = settings;
if (!existsSync(join(folder, "index.html"))) {
  console.error(`PAGE_DIR: expected a folder with the built page's index.html; got ${folder}`);
  process.exit(2);
}

let stopping = false;
const { page, inside } = createServers(folder, () => !stopping);

function listen(server: Server, name: string, at: number): void {
  server.on("error", ({ message }) => {
    console.error(
      `cannot listen on ${host}:${at}: ${message}. Set LISTEN_HOST and ${name} to a free address.`,
    );
    process.exit(3);
  });
  server.listen(at, host, () => console.log(`${name}: http://${host}:${at}/`));
}
listen(page, "PORT", port);
listen(inside, "METRICS_PORT", metricsPort);

process.once("SIGTERM", () => {
  // Whoever sends requests here must first hear that it is no longer ready.
  stopping = true;
  void delay(shutdownSeconds * 1000).then(() => {
    for (const server of [page, inside]) {
      server.close();
      server.closeIdleConnections();
    }
  });
});

// The page's web server as a program: settings in, clean end on SIGTERM.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createPageServer } from "./app.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env);
if (typeof settings === "string") {
  console.error(settings);
  process.exit(2);
}
const { folder, host, port, shutdownSeconds } = settings;
if (!existsSync(join(folder, "index.html"))) {
  console.error(
    `PAGE_DIR: expected a folder with index.html, as \`npm run page:build\` makes it; got ${folder}`,
  );
  process.exit(2);
}

let stopping = false;
const server = createPageServer(folder, () => !stopping);
server.on("error", (error) => {
  console.error(
    `cannot listen on ${host}:${port}: ${error.message}. Set LISTEN_HOST and PORT to a free address.`,
  );
  process.exit(3);
});
server.listen(port, host, () => console.log(`The page is at http://${host}:${port}/`));

process.once("SIGTERM", () => {
  // Whoever sends requests here must first hear that it is no longer ready.
  stopping = true;
  void delay(shutdownSeconds * 1000).then(() => {
    server.close();
    server.closeIdleConnections();
  });
});

// The page's web server as a program: what it says when it cannot start, and how it ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Listening, listening } from "../../../balancer/testing/listening.ts";

const program = join(import.meta.dirname, "main.ts");

describe("the page's web server as a program", function () {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const empty = mkdtempSync(join(tmpdir(), "page-"));
  before(() => {
    writeFileSync(join(folder, "index.html"), "<p>page</p>");
  });
  after(() => {
    for (const each of [folder, empty]) rmSync(each, { recursive: true });
  });

  let taken: Listening;
  before(async () => void (taken = await listening(createServer())));
  after(() => taken.stop());
  const portOf = ({ url }: Listening) => new URL(url).port;

  /** Two ports that were free just now. */
  async function freePorts(): Promise<string[]> {
    const servers = [await listening(createServer()), await listening(createServer())];
    await Promise.all(servers.map(({ stop }) => stop()));
    return servers.map(portOf);
  }
  const start = (env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, [program], { env: { LISTEN_HOST: "127.0.0.1", ...env } });
    return { child, ended: once(child, "exit") as Promise<[number | null]> };
  };

  const failures: [what: string, env: () => NodeJS.ProcessEnv, code: number, said: RegExp][] = [
    ["settings that do not fit", () => ({}), 2, /do not fit:\n {2}PAGE_DIR: /],
    ["a folder without a page", () => ({ PAGE_DIR: empty }), 2, /index\.html; got \//],
    ["a port that is taken", () => ({ PAGE_DIR: folder, PORT: portOf(taken), METRICS_PORT: portOf(taken) }), 3, /EADDRINUSE.*free address/],
  ]; // prettier-ignore
  for (const [what, env, code, said] of failures) {
    it(`ends with exit code ${code} for ${what}`, async () => {
      const { child, ended } = start(env());
      const [problems, [exitCode]] = await Promise.all([text(child.stderr), ended]);
      assert.match(problems, said);
      assert.equal(exitCode, code);
    });
  }

  it("says that it is no longer ready first, goes on serving for a while, and then ends", async () => {
    const [page, inside] = (await freePorts()) as [string, string];
    const env = { PAGE_DIR: folder, PORT: page, METRICS_PORT: inside, SHUTDOWN_DELAY_SECONDS: "5" };
    const { child, ended } = start(env);
    const status = async (port: string, path: string) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } })).status;
    for (let heard = ""; !/METRICS_PORT.*\n/.test(heard) || !/^PORT.*\n/m.test(heard);)
      heard += String(((await once(child.stdout, "data")) as [Buffer])[0]);
    assert.deepEqual([await status(page, "/"), await status(inside, "/readyz")], [200, 200]);
    const told = Date.now();
    child.kill("SIGTERM");
    while ((await status(inside, "/readyz")) === 200); // until the signal has come
    assert.deepEqual([await status(page, "/"), await status(inside, "/readyz")], [200, 503]);
    assert.deepEqual((await ended)[0], 0);
    assert.ok(Date.now() - told >= 5000);
  });
});

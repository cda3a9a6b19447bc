import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../waitFor.ts";
import { stopLeftovers } from "../processes/pidFile.ts";
import { isAlive, identify } from "../processes/processIdentity.ts";
import { limitLog, previousLog, rotateLog, startProcess, type ProcessSpec } from "./containerProcess.ts";

describe("a container's process", () => {
  let root: string;
  let log: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "process-"));
    log = join(root, "main.log");
  });
  afterEach(() => rm(root, { recursive: true }));

  const start = (script: string, change: Partial<ProcessSpec> = {}) =>
    startProcess({
      program: process.execPath,
      args: ["-e", script],
      env: {},
      cwd: root,
      logFile: log,
      runDir: join(root, "run"),
      name: "demo/pod/main",
      ...change,
    });
  const logged = (text: string) =>
    waitFor(async () => (await readFile(log, "utf8")).includes(text), { what: `"${text}" in the log`, timeoutMs: 50_000, intervalMs: 10 }); // prettier-ignore

  it("has its output in the log, its exit code told, and nothing of our environment", async () => {
    const process = await start(
      "console.log('out', JSON.stringify(process.env)); console.error('err'); process.exit(7)",
      { env: { A: "1" } },
    );
    assert.deepEqual(await process.exited, { exitCode: 7 });
    assert.equal(await readFile(log, "utf8"), 'out {"A":"1"}\nerr\n');
  });

  it("is stopped by SIGTERM when it obeys", async () => {
    const process = await start("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6); console.log('up')"); // prettier-ignore
    await logged("up");
    await process.stop(10);
    assert.deepEqual(await process.exited, { exitCode: 0 });
  });

  it("is killed after its grace period when it does not", async () => {
    const process = await start("process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1e6); console.log('up')"); // prettier-ignore
    await logged("up");
    await process.stop(0.2);
    assert.deepEqual(await process.exited, { exitCode: 137, signal: 9 });
    assert.match(await readFile(log, "utf8"), /no/);
  });

  it("takes its children with it", async () => {
    const child = "setInterval(() => {}, 1e6)";
    const process = await start(
      `const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]); console.log("child=" + c.pid + ";"); setTimeout(() => process.exit(0), 50)`,
    );
    await process.exited;
    const pid = Number(/child=(\d+);/.exec(await readFile(log, "utf8"))?.[1]);
    assert.ok(pid > 0, "the child has told its number");
    await waitFor(() => identify(pid) === undefined, {
      what: "the end of the child",
      timeoutMs: 50_000,
      intervalMs: 10,
    });
  });

  it("is noted on disk while it runs, and found there by whoever cleans up", async () => {
    const process = await start("setInterval(() => {}, 1e6)");
    const identity = identify(process.pid);
    assert.ok(identity);
    assert.deepEqual(await stopLeftovers(join(root, "run"), { graceMs: 2000 }), [
      `demo_pod_main_${process.pid}`,
    ]);
    assert.equal(isAlive(identity), false);
    const done = await start("");
    await done.exited;
    assert.deepEqual(await readdir(join(root, "run")), []);
  });

  it("says so when the program cannot be started", async () => {
    await assert.rejects(start("", { program: join(root, "none") }), /cannot start .*none: .*ENOENT/);
  });
});

describe("a container's log", () => {
  let root: string;
  let log: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "log-"));
    log = join(root, "main.log");
    await writeFile(log, "one\ntwo\nthree\n");
  });
  afterEach(() => rm(root, { recursive: true }));

  it("of the run before is kept at a restart", async () => {
    await rotateLog(log);
    assert.equal(await readFile(previousLog(log), "utf8"), "one\ntwo\nthree\n");
    await rotateLog(log); // nothing there: harmless
  });

  it("becomes the previous one when it is too large", async () => {
    await limitLog(log, 100);
    assert.equal(await readFile(log, "utf8"), "one\ntwo\nthree\n");
    await limitLog(log, 5);
    assert.equal(await readFile(log, "utf8"), "");
    assert.equal(await readFile(previousLog(log), "utf8"), "one\ntwo\nthree\n");
  });
});

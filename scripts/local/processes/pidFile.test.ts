import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claim, release } from "./claim.ts";
import { identify, isAlive } from "./processIdentity.ts";
import { readPidFile, stopLeftovers, writePidFile } from "./pidFile.ts";
import { buildEnvironment, type TestEnvironment } from "./testing/programs.ts";

describe("PID files", () => {
  let environment: TestEnvironment;
  const children: ChildProcess[] = [];
  beforeEach(() => (environment = buildEnvironment()));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    environment.remove();
  });
  const sleeper = (script = "setInterval(() => {}, 1000)", detached = false): number => {
    const child = spawn(process.execPath, ["-e", script], { stdio: "ignore", detached });
    children.push(child);
    return child.pid!;
  };

  it("find and stop the processes that a killed supervisor left", async () => {
    const { run } = environment.paths;
    const identities = ["one", "two"].map((name) => {
      const pid = sleeper();
      writePidFile(run, name, pid);
      return identify(pid)!;
    });
    assert.deepEqual(await stopLeftovers(run), ["one", "two"]);
    assert.deepEqual(identities.map(isAlive), [false, false]);
    assert.deepEqual(readdirSync(run), []);
    assert.deepEqual(await stopLeftovers(run), []);
  });

  it("never stop a process that merely got the same PID", async () => {
    const { run } = environment.paths;
    const pid = sleeper();
    writePidFile(run, "one", pid);
    const file = join(run, "one.pid");
    const record = JSON.parse(readFileSync(file, "utf8")) as { started: string };
    for (const started of [`${record.started}0`, `another-boot/${record.started.split("/")[1]}`]) {
      writeFileSync(file, JSON.stringify({ ...record, started }));
      assert.equal(readPidFile(run, "one"), undefined);
      assert.deepEqual(await stopLeftovers(run), []);
      assert.notEqual(identify(pid), undefined);
    }
  });

  it("that are damaged, or name what nobody may stop, are thrown away", async () => {
    const { run } = environment.paths;
    writePidFile(run, "good", sleeper());
    const damaged = ["", "{", "null", '{"pid":1,"started":"x"}', '{"pid":-1,"started":"x"}', '{"pid":4242}'];
    damaged.forEach((text, index) => writeFileSync(join(run, `bad-${index}.pid`), text));
    assert.deepEqual(await stopLeftovers(run), ["good"]);
    assert.deepEqual(readdirSync(run), []);
  });

  it("stop a whole process group where they say so", async () => {
    const { run } = environment.paths;
    const file = join(environment.paths.state, "grandchild");
    const script = `
      const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
      require("node:fs").writeFileSync(${JSON.stringify(file)}, String(child.pid));
      setInterval(() => {}, 1000);`;
    writePidFile(run, "leader", sleeper(script, true), { group: true });
    let grandchild: ReturnType<typeof identify>;
    while (!grandchild) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      try {
        grandchild = identify(Number(readFileSync(file, "utf8")));
      } catch {
        // not written yet
      }
    }
    await stopLeftovers(run);
    const deadline = Date.now() + 50_000;
    while (isAlive(grandchild) && Date.now() < deadline) await new Promise(setImmediate);
    assert.equal(isAlive(grandchild), false);
  });
});

describe("a claim", () => {
  let environment: TestEnvironment;
  beforeEach(() => (environment = buildEnvironment()));
  afterEach(() => environment.remove());

  it("is held by one live process, and free after it was given back", () => {
    const file = join(environment.paths.run, "lock");
    assert.equal(claim(file), undefined);
    assert.equal(claim(file)?.pid, process.pid);
    release(file);
    assert.equal(claim(file), undefined);
    assert.deepEqual(readdirSync(environment.paths.run), ["lock"]);
  });

  it("is taken from a process that is gone, and from a damaged file", () => {
    const file = join(environment.paths.run, "lock");
    claim(file);
    for (const stale of [JSON.stringify({ pid: process.pid, started: "long ago" }), ""]) {
      writeFileSync(file, stale);
      assert.equal(claim(file), undefined);
      assert.equal(readFileSync(file, "utf8"), JSON.stringify(identify(process.pid)) + "\n");
    }
  });

  it("of another process is not given back", () => {
    const file = join(environment.paths.run, "lock");
    claim(file);
    writeFileSync(file, JSON.stringify({ pid: 4242, started: "x" }));
    release(file);
    assert.match(readFileSync(file, "utf8"), /4242/);
  });
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../waitFor.ts";
import { callSupervisor, supervisorStatus, SupervisorUnreachable } from "./client.ts";
import { launchSupervisor, stopSupervisor } from "./launch.ts";
import { readPidFile } from "../processes/pidFile.ts";
import { isAlive } from "../processes/processIdentity.ts";
import { problemsOf } from "../processes/status.ts";
import { buildEnvironment, type Behavior, type TestEnvironment } from "../processes/testing/programs.ts";

const entry = join(import.meta.dirname, "../processes/testing/supervisor.ts");

describe("a supervisor", () => {
  let environment: TestEnvironment;
  beforeEach(() => (environment = buildEnvironment()));
  afterEach(async () => {
    await stopSupervisor(environment.paths);
    environment.remove();
  });
  const launch = (programs: Record<string, Behavior>, signal = new AbortController().signal): Promise<void> =>
    launchSupervisor(environment.paths, { programs: Object.entries(programs) }, signal, entry);
  const state = (name: string): string => join(environment.paths.state, name);
  const soon = { what: "it", timeoutMs: 50_000, intervalMs: 20 };
  const identities = (...names: string[]) =>
    names.map((name) => readPidFile(environment.paths.run, name) ?? assert.fail(`${name} does not run`));

  it("starts its parts, tells about them, and stops them in reverse order", async () => {
    await launch({ first: {}, second: {} });
    const running = identities("supervisor", "first", "second");
    const status = await supervisorStatus(environment.paths.socket);
    assert.equal(status?.phase, "ready");
    assert.deepEqual(
      status.components.map(({ name, state }) => [name, state]),
      [
        ["first", "running"],
        ["second", "running"],
      ],
    );
    assert.ok(existsSync(state("environment")));
    assert.equal(await stopSupervisor(environment.paths), true);
    assert.deepEqual(running.map(isAlive), [false, false, false]);
    assert.equal(readFileSync(state("order"), "utf8"), "second first ");
    assert.deepEqual([existsSync(state("environment")), readdirSync(environment.paths.run)], [false, []]);
    assert.equal(await stopSupervisor(environment.paths), false);
  });

  it("offers what its parts offer, and reports what it does not know", async () => {
    await launch({ only: {} });
    const { socket } = environment.paths;
    assert.deepEqual(await callSupervisor(socket, "POST /echo", { a: 1 }), { a: 1 });
    await assert.rejects(callSupervisor(socket, "POST /nonsense"), /the supervisor has no POST \/nonsense/);
    await stopSupervisor(environment.paths);
    await assert.rejects(callSupervisor(socket, "GET /status"), SupervisorUnreachable);
  });

  it("whose part cannot start says why, and leaves nothing running", async () => {
    const failing = launch({
      good: {},
      bad: { instead: `console.log("port in use"); process.exit(3)` },
      never: {},
    });
    await assert.rejects(failing, /bad ended with exit code 3\. .*\n {4}hello from bad\n {4}port in use/);
    assert.deepEqual(readdirSync(environment.paths.run), []);
    assert.equal(existsSync(environment.paths.log("never")), false);
  });

  it("reports a part that crashes, and does not start it again", async () => {
    await launch({ steady: {}, fragile: {} });
    process.kill(identities("fragile")[0]!.pid, "SIGKILL");
    const crashed = await waitFor(async () => {
      const status = await supervisorStatus(environment.paths.socket);
      return status && problemsOf(status) !== undefined && status;
    }, soon);
    assert.match(
      problemsOf(crashed)!,
      /^fragile ended with SIGKILL\. The end of its log .*\n {4}hello from fragile$/,
    );
    assert.deepEqual(
      crashed.components.map(({ state }) => state),
      ["running", "crashed"],
    );
  });

  it("that is interrupted while it starts leaves nothing running", async () => {
    const interrupt = new AbortController();
    const launched = launch({ quick: {}, slow: { instead: "0" }, never: {} }, interrupt.signal);
    const rejected = assert.rejects(launched);
    await waitFor(() => readPidFile(environment.paths.run, "slow"), soon);
    const running = identities("supervisor", "quick", "slow");
    interrupt.abort(new Error("Ctrl-C"));
    await rejected;
    assert.deepEqual(running.map(isAlive), [false, false, false]);
    assert.deepEqual(readdirSync(environment.paths.run), []);
    assert.equal(existsSync(environment.paths.log("never")), false);
  });

  it("that was killed leaves programs which the next stop, or start, finds", async () => {
    for (const next of ["stop", "start"] as const) {
      await launch({ one: {}, two: {} });
      const [supervisor, ...left] = identities("supervisor", "one", "two");
      process.kill(supervisor!.pid, "SIGKILL");
      await waitFor(() => !isAlive(supervisor!), soon);
      assert.deepEqual(left.map(isAlive), [true, true]);
      if (next === "stop") assert.equal(await stopSupervisor(environment.paths), true);
      else await launch({ three: {} });
      assert.deepEqual(left.map(isAlive), [false, false]);
    }
  });

  it("is alone: a second one of the same environment does not start, and harms nothing", async () => {
    await launch({ one: {} });
    const [one] = identities("one");
    const { spawnSync } = await import("node:child_process");
    const second = spawnSync(process.execPath, [entry, '{"programs":[["one",{}]]}'], {
      encoding: "utf8",
      env: { ...process.env, SPOT_BALANCER_STATE: environment.paths.state },
    });
    assert.equal(second.status, 1);
    assert.match(second.stdout, /another supervisor \(PID \d+\) runs this environment/);
    assert.ok(isAlive(one!));
    assert.equal((await supervisorStatus(environment.paths.socket))?.phase, "ready");
  });
});

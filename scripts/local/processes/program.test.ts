import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isAlive } from "./processIdentity.ts";
import { readPidFile } from "./pidFile.ts";
import { Program } from "./program.ts";
import { buildEnvironment, buildProgram, type Behavior, type TestEnvironment } from "./testing/programs.ts";
import { waitFor } from "../waitFor.ts";

describe("a supervised program", () => {
  let environment: TestEnvironment;
  beforeEach(() => (environment = buildEnvironment()));
  afterEach(() => environment.remove());
  const build = (behavior?: Behavior, more = {}): Program =>
    new Program({ ...buildProgram(environment.paths, "tiny", behavior), ...more }, environment.paths);

  it("starts with a log and a PID file, and leaves no PID file when it stops", async () => {
    const program = build();
    await program.start();
    const { state, pid } = program.status;
    assert.equal(state, "running");
    assert.equal(readPidFile(environment.paths.run, "tiny")?.pid, pid);
    assert.match(readFileSync(environment.paths.log("tiny"), "utf8"), /hello from tiny/);
    await program.stop();
    assert.deepEqual(
      [program.status.state, program.status.pid, program.status.problem],
      ["stopped", undefined, undefined],
    );
    assert.equal(readPidFile(environment.paths.run, "tiny"), undefined);
  });

  it("that ends before it is ready is reported with the end of its log", async () => {
    const program = build({ instead: `console.error("flag --nonsense is unknown"); process.exit(7)` });
    await assert.rejects(
      program.start(),
      /tiny ended with exit code 7\. The end of its log \(.*tiny\.log\):\n {4}hello from tiny\n {4}flag --nonsense/,
    );
    assert.equal(program.status.state, "crashed");
  });

  it("that crashes later is reported, and not started again", async () => {
    const program = build();
    await program.start();
    process.kill(program.status.pid!, "SIGKILL");
    const problem = await waitFor(() => program.status.problem, {
      what: "the crash",
      timeoutMs: 50_000,
      intervalMs: 10,
    });
    assert.match(problem, /tiny ended with SIGKILL\. .*\n {4}hello from tiny/);
    assert.deepEqual([program.status.state, program.status.pid], ["crashed", undefined]);
    await program.stop();
    assert.equal(program.status.state, "stopped");
  });

  it("that never gets ready is stopped and reported", async () => {
    const program = build({ instead: "0" }, { readyTimeoutMs: 200 });
    await assert.rejects(program.start(), /tiny was not ready after 0\.2 s\. The end of its log/);
    assert.equal(readPidFile(environment.paths.run, "tiny"), undefined);
    assert.match(program.status.problem!, /was not ready/);
  });

  it("that does not exist is reported", async () => {
    await assert.rejects(
      build({}, { executable: "/nowhere/tiny" }).start(),
      /tiny could not be started: .*ENOENT/,
    );
  });

  it("that ignores SIGTERM is killed after its grace period", async () => {
    const program = build({ onTerm: `console.log("not now")` }, { stopGraceMs: 100 });
    await program.start();
    const { pid } = readPidFile(environment.paths.run, "tiny")!;
    const identity = readPidFile(environment.paths.run, "tiny")!;
    await program.stop();
    assert.equal(isAlive(identity), false, `PID ${pid} still runs`);
    assert.match(readFileSync(environment.paths.log("tiny"), "utf8"), /not now/);
  });

  it("can be stopped while it starts", async () => {
    const program = build({ instead: "0" });
    const started = assert.rejects(program.start(), /stopped while it started/);
    await program.stop();
    await started;
    assert.equal(program.status.state, "stopped");
  });

  it("is not started any more once the environment stops", async () => {
    const program = build();
    await assert.rejects(program.start(AbortSignal.abort(new Error("stopping"))), /stopping/);
    assert.equal(program.status.pid, undefined);
  });

  it("keeps the log of its last run beside the new one", async () => {
    for (let run = 0; run < 2; run++) {
      const program = build();
      await program.start();
      await program.stop();
    }
    assert.match(readFileSync(`${environment.paths.log("tiny")}.1`, "utf8"), /hello from tiny/);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePidFile } from "./processes/pidFile.ts";

describe("the address book of the local environment", () => {
  const state = mkdtempSync(join(tmpdir(), "spot-balancer-test-"));
  after(() => rmSync(state, { recursive: true, force: true }));
  /** In a process of its own: where the state lies is decided when it starts. */
  const read = (): string => {
    const code = `import { readEnvironment } from ${JSON.stringify(join(import.meta.dirname, "environment.ts"))};
      console.log(readEnvironment()?.apiServer);`;
    const env = { ...process.env, SPOT_BALANCER_STATE: state };
    return spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      encoding: "utf8",
      env,
    }).stdout.trim();
  };

  it("is read while the supervisor runs, and not when it was killed or the machine restarted", () => {
    assert.equal(read(), "undefined");
    writeFileSync(join(state, "environment.json"), '{"apiServer":"https://127.0.0.1:6443"}');
    assert.equal(read(), "undefined");
    writePidFile(join(state, "run"), "supervisor", process.pid);
    assert.equal(read(), "https://127.0.0.1:6443");
    writeFileSync(
      join(state, "run", "supervisor.pid"),
      JSON.stringify({ pid: process.pid, started: "another boot" }),
    );
    assert.equal(read(), "undefined");
  });
});

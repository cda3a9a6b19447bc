import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "./environment.ts";

describe("the environment's folders", () => {
  const main = join(projectRoot, "scripts/local/main.ts");
  for (const [variable, folder] of [
    ["SPOT_BALANCER_STATE", "/proc/nowhere/state"],
    ["SPOT_BALANCER_CACHE", "/dev/null/cache"],
  ] as const) {
    it(`that cannot be made end a command with what to do: ${variable}`, function () {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, "up"], {
        encoding: "utf8",
        env: { ...process.env, SPOT_BALANCER_STATE: "/tmp", SPOT_BALANCER_CACHE: "/tmp", [variable]: folder },
        timeout: 15_000,
      });
      assert.equal(stdout, "");
      assert.match(
        stderr,
        new RegExp(`^cannot write to ${folder}: .*, or set ${variable} to another folder\n$`),
      );
      assert.equal(status, 1);
    });
  }
});

// What `env` prints, as a shell reads it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { writePidFile } from "../processes/pidFile.ts";

describe("the variables of a running environment", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-env-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("come through a shell as they are, whatever stands in a path", () => {
    // What a shell would take for something else.
    const state = join(folder, 'it\'s $(touch gone) `here`; \\ "there"');
    mkdirSync(state);
    const environment = {
      ...{
        supervisorPid: process.pid,
        supervisorSocket: join(state, "s"),
        kubeconfig: join(state, "kubeconfig"),
      },
      apiServer: "https://127.0.0.1:6443",
      providers: { "azure-native": "127.0.0.1:1", kubernetes: "127.0.0.1:2", random: "127.0.0.1:3" },
    };
    writeFileSync(join(state, "environment.json"), JSON.stringify(environment));
    writePidFile(join(state, "run"), "supervisor", process.pid);
    const code = `import { env } from ${JSON.stringify(join(import.meta.dirname, "env.ts"))}; console.log(env());`;
    const lines = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
      encoding: "utf8",
      env: { ...process.env, SPOT_BALANCER_STATE: state },
    });
    const read = (name: string) =>
      execFileSync("sh", ["-c", `eval "$LINES_OF_ENV"; printf %s "$${name}"`], {
        encoding: "utf8",
        cwd: folder,
        env: { PATH: "/usr/bin:/bin", LINES_OF_ENV: lines },
      });
    assert.equal(read("KUBECONFIG"), environment.kubeconfig);
    assert.equal(read("PULUMI_DEBUG_PROVIDERS"), "azure-native:1,kubernetes:2,random:3");
    assert.equal(read("PATH"), `${dirname(process.execPath)}:/usr/bin:/bin`);
  });
});

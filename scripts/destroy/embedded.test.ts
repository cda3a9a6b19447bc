import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStack } from "../local/engine/index.ts";
import { randomPackage } from "../local/engine/providers/random.ts";
import { projectRoot } from "../local/environment.ts";
import { standingIn } from "./embedded.ts";

const program = `
import { getStack, StackReference } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random";

export default async () => {
  const [layer, env] = getStack().split("-");
  if (layer === "base") return { text: new RandomString("network", { length: 8 }).result };
  const base = new StackReference(\`organization/trial/base-\${env}\`);
  return { text: new RandomString("server", { length: 8, keepers: { base: base.requireOutput("text") } }, { protect: true }).result };
};
`;

describe("standingIn", () => {
  let folder: string;
  const state = () => join(folder, "state");

  before(async function () {
    this.timeout(20_000); // two real Pulumi programs
    folder = mkdtempSync(join(tmpdir(), "standing-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: nodejs\n");
    writeFileSync(join(folder, "package.json"), '{ "type": "module", "main": "index.js" }');
    writeFileSync(join(folder, "index.js"), program);
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    for (const stack of ["base-local", "db-local"]) {
      const { failures } = await runStack({
        operation: "up",
        stack,
        projectDir: folder,
        stateDir: state(),
        packages: { random: randomPackage },
        onEvent: () => undefined,
      });
      assert.deepEqual(failures, []);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it("reads what stands on what, and what is protected, from the engine's own records", () => {
    assert.deepEqual(standingIn(state()), [
      { stack: "base-local", resources: 1, standsOn: [], protected: [] },
      { stack: "db-local", resources: 1, standsOn: ["base-local"], protected: ["server"] },
    ]);
  });

  it("finds nothing where nothing was ever deployed", () => {
    assert.deepEqual(standingIn(join(folder, "elsewhere")), []);
  });
});

// Which command runs which tests: each file belongs to exactly one, by its name.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** As Mocha finds them; in parallel it runs a file as often as patterns name it. */
function filesOf(config: string): string[] {
  const { spec, ignore } = JSON.parse(read(config)) as { spec: string[]; ignore: string[] };
  const found = spec.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ["**/node_modules/**"] }));
  const ignored = new Set(ignore.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ["**/node_modules/**"] }))); // prettier-ignore
  return found.filter((file) => !ignored.has(file));
}

describe("test files", () => {
  const configs = [".mocharc.json", ".mocharc.slow.json", ".mocharc.cluster.json", ".mocharc.nightly.json"];
  const suites = new Map(configs.map((config) => [config, filesOf(config)]));
  const all = globSync("{stacks,balancer,component,examples,k8s,scripts}/**/*.test.ts", {
    cwd: root,
    exclude: ["**/node_modules/**"],
  });

  it("are each run by exactly one command, once", () => {
    assert.ok(all.length > 250, String(all.length));
    for (const [config, files] of suites) assert.ok(files.length > 4, config);
    const runBy = (file: string) =>
      configs.flatMap((config) =>
        suites
          .get(config)!
          .filter((each) => each === file)
          .map(() => config),
      );
    assert.deepEqual(
      all.map((file) => [file, runBy(file)] as const).filter(([, by]) => by.length !== 1),
      [],
    );
  });

  it("that wait for the night say why at their beginning", () => {
    for (const file of suites.get(".mocharc.nightly.json")!)
      assert.match(read(file), /^(\/\/ .*\n)*\/\/ Nightly: \S/, file);
  });
});

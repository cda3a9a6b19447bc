// `npm run manifest`, as a person runs it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const run = (...flags: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "manifest.ts"), ...flags], { encoding: "utf8" });

describe("npm run manifest", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-manifest-"));
  after(() => rmSync(folder, { recursive: true }));

  const usual = ["--prometheus", "http://prometheus.monitoring.svc:9090", "--namespaces", "demo,shop"];

  it("prints everything as one file, the same each time, below what one kubectl apply takes", () => {
    const policy = join(folder, "policy.yaml");
    writeFileSync(policy, "namespaces: {demo: {regularFloor: 1}}\n");
    const flags = [
      ...usual,
      "--policy",
      policy,
      "--node-selector",
      "pool=tools",
      "--image",
      "example.com/b:1",
    ];
    const { status, stdout, stderr } = run(...flags);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(run(...flags).stdout, stdout);
    const objects = parseAllDocuments(stdout).map((each) => each.toJS() as { kind: string; data?: object });
    assert.ok(objects.length > 20);
    assert.match(stdout, /regularFloor: 1/);
    assert.match(stdout, /image: example.com\/b:1/);
    assert.match(stdout, /nodeSelector:\n +pool: tools/);
  });

  it("says everything that is wrong at once, and prints nothing else", () => {
    const flags = [
      "--prometheus",
      "prometheus:9090",
      "--policy",
      join(folder, "none"),
      "--node-selector",
      "pool",
    ];
    const { status, stdout, stderr } = run(...flags);
    assert.deepEqual([status, stdout], [2, ""]);
    for (const problem of ["4 problems", "policy: ", "prometheus: ", "nodeSelector.pool: ", "namespaces: "])
      assert.ok(stderr.includes(problem), `${problem} in ${stderr}`);
  });
});

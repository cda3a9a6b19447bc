import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import type { OfflineReport } from "../offline.ts";
import { noon } from "../testing/builders.ts";
import { runOffline } from "./offline.ts";
import { parseOptions, readPolicy } from "./options.ts";

describe("manifests that are judged without a cluster", () => {
  let folder: string;
  let said: { out: string; err: string };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "balancer-offline-"));
    said = { out: "", err: "" };
    mock.method(process.stdout, "write", (text: string) => (said.out += text) !== "");
    mock.method(process.stderr, "write", (text: string) => (said.err += text) !== "");
  });
  afterEach(() => {
    mock.restoreAll();
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const deployment = (name: string, strategy: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  strategy: { type: ${strategy} }
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, resources: { requests: { cpu: 100m } } }] }
`;
  /** One of two could go to spot. */
  const run = (...argv: string[]) =>
    runOn(deployment("web", "RollingUpdate") + deployment("old", "Recreate"), ...argv);
  const runOn = (manifests: string, ...argv: string[]) => {
    const file = write("all.yaml", manifests);
    const options = parseOptions(["--offline", file, ...argv], false)!;
    return runOffline(options, readPolicy(options.policy), noon);
  };
  const report = () => JSON.parse(said.out) as OfflineReport;

  it("end with 4 below the threshold, not at it, nor without one", async () => {
    const codes = [await run(), await run("--threshold", "50"), await run("--threshold", "50.1")];
    assert.deepEqual(codes, [0, 0, 4]);
    assert.equal(said.err, "The score 50 is below 50.1 (--threshold)\n");
    assert.equal(await runOn(deployment("old", "Recreate")), 0, "of none, where nobody asks for any");
  });

  it("are told as text, as JSON or as SARIF", async () => {
    await run();
    assert.match(said.out, /^shop\/old \(Deployment\) {2}stays {2}[^]*\nScore 50 of 100: 1 of 2 workloads/);
    said.out = "";
    await run("--output", "json");
    assert.deepEqual(report().workloads.map(({ verdict }) => verdict), ["regular", "spot"]); // prettier-ignore
    said.out = "";
    await run("--output", "sarif");
    assert.equal((JSON.parse(said.out) as { version: string }).version, "2.1.0");
  });

  it("are judged by the namespaces of a policy where there is one, else as if all were listed", async () => {
    await run("--output", "json", "--policy", write("policy.yaml", "namespaces: { other: {} }"));
    assert.deepEqual(report().workloads, []);
    said.out = "";
    await run("--output", "json");
    assert.equal(report().workloads.length, 2);
  });
});

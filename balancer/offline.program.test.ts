// The program with --offline: what `runOffline` does not say by itself, exit codes and standard input.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { FoundObject } from "./offline/files.ts";
import { container, manifest } from "./testing/manifest.ts";
import { useProgram } from "./testing/program.ts";

describe("the program with --offline", () => {
  const program = useProgram();
  const write = (name: string, text: string) => {
    const path = join(program.folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };

  it("judges what mounts by a CSI driver, and what a typed list lists", async () => {
    const volumes = `volumes: [{ name: a, csi: { driver: secrets-store.csi.k8s.io } }, { name: b, ephemeral: { volumeClaimTemplate: {} } }]`;
    const { apiVersion: _, kind: __, ...item } = parseAllDocuments(manifest({ template: `containers: [${container}], ${volumes}` }))[0]!.toJS() as FoundObject; // prettier-ignore
    const deployments = { apiVersion: "apps/v1", kind: "DeploymentList", items: [item] };
    const list = { apiVersion: "v1", kind: "List", items: [deployments, null] };
    const file = write("list.json", JSON.stringify({ ...list, items: [deployments] }));
    const { code, stdout, stderr } = await program.run("--offline", file);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /shop\/web \(Deployment\) {2}could go to spot/);
    const odd = await program.run("--offline", write("odd.json", JSON.stringify(list)));
    assert.deepEqual([odd.code, odd.stderr.includes("expected a Kubernetes object")], [2, true]);
  });

  it("reads folders, Lists and standard input, and needs no cluster: exit 0", async () => {
    const list = `{"apiVersion":"v1","kind":"List","items":[${JSON.stringify(parseAllDocuments(manifest())[0]!.toJS())}]}`;
    write("app/list.json", list);
    write("app/base/values.yaml", "image: { tag: 1 }");
    write("app/templates/odd.yaml", "a: {{ .Values.a }}\nb: [");
    write("app/templates/keys.yaml", '{{ template "name" . }}: 1'); // the parser would warn of such a key
    const { child, ended } = program.start(["--offline", join(program.folder, "app"), "-"]);
    child.stdin.end(manifest().replace("name: web,", "name: api,"));
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^note: .*odd\.yaml, document 1: .*a Helm template\?.*\nScore/m);
    assert.match(stdout, /shop\/api \(Deployment\) {2}could go to spot {2}standard input:2\n/);
    assert.match(stdout, /shop\/web \(Deployment\) {2}could go to spot {2}.*app\/list\.json:1\n/);
    assert.match(stdout, /Score 100 of 100: 2 of 2 workloads/);
    assert.deepEqual(program.server.requests, []);
  });

  it("ends with 4 below the threshold, and tells SARIF where", async () => {
    const file = write("web.yaml", `# first\n---\n${manifest({ spec: "strategy: { type: Recreate }" })}`);
    const { code, stdout, stderr } = await program.run("--offline", file, "--output", "sarif", "--threshold", "80"); // prettier-ignore
    assert.equal(code, 4);
    assert.match(stderr, /The score 0 is below 80/);
    const { version, runs } = JSON.parse(stdout) as {
      version: string;
      runs: [{ tool: object; results: { ruleId: string; ruleIndex: number; locations: object[] }[] }];
    };
    assert.equal(version, "2.1.0");
    const [{ ruleId, ruleIndex, locations }] = runs[0].results as [(typeof runs)[0]["results"][number]];
    assert.deepEqual([ruleId, ruleIndex], ["RecreateStrategy", 0]);
    const region = { artifactLocation: { uri: file }, region: { startLine: 4 } };
    assert.deepEqual(locations, [{ physicalLocation: region }]);
  });

  const odd: [string, string, RegExp][] = [
    ["what is no YAML", `${manifest()}---\na: [`, /odd\.yaml, document 2: line \d+: /],
    ["what is nested too deeply", `a: ${"[".repeat(20_000)}`, /odd\.yaml.*nested too deeply/],
  ]; // prettier-ignore
  for (const [what, text, message] of odd) {
    it(`refuses ${what}: exit 2`, async () => {
      const { code, stdout, stderr } = await program.run("--offline", write("odd.yaml", text));
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }

  it("refuses what is not there: exit 2", async () => {
    const { code, stderr } = await program.run("--offline", "/none");
    assert.equal(code, 2);
    assert.match(stderr, /^--offline: \/none: ENOENT/);
  });
});

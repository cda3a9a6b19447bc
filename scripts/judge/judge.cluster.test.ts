// Each judge finds what it is there for: it could not be told from one that looks at nothing otherwise.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { loadManifests, type Manifest } from "../../stacks/deploy/manifests.ts";
import { TestEnvironment } from "../local/index.ts";
import type { Finding, Judge, Rendering } from "./model.ts";
import { ensurePrograms, panelOf } from "./panel.ts";

const namespaces = loadManifests("namespaces");

const careless: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "careless", namespace: "demo" },
  spec: {
    selector: { matchLabels: { app: "careless" } },
    template: {
      metadata: { labels: { app: "careless" } },
      spec: { containers: [{ name: "web", image: "nginx", securityContext: { privileged: true } }] },
    },
  },
};
const misspelled: Manifest = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "misspelled", namespace: "demo" },
  dta: { a: "1" },
};
const outdated: Manifest = {
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: { name: "old", namespace: "demo" },
};
/** Without it promtool takes the Prometheus to be somebody else's. */
const prometheus: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "prometheus", namespace: "demo" },
};
const rules: Manifest = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "prometheus-config", namespace: "demo" },
  data: {
    "prometheus.yml": "rule_files: [wrong.rules.yml]",
    "wrong.rules.yml": "groups: [{ name: g, rules: [{ record: a, expr: 'sum(' }] }]",
  },
};

describe("judges", () => {
  const environment = new TestEnvironment();
  const work = mkdtempSync(join(tmpdir(), "spot-balancer-judge-"));
  let panel: Record<string, Judge>;

  before(async () => {
    const report = (line: string): void => void process.stderr.write(`${line}\n`);
    const [programs, { kubeconfig }] = await Promise.all([ensurePrograms(report), environment.up()]);
    panel = panelOf(programs, kubeconfig);
  });
  after(async () => {
    await environment.remove();
    rmSync(work, { recursive: true });
  });

  function build(...objects: Manifest[]): Rendering {
    const folder = mkdtempSync(join(work, "rendering-"));
    for (const [index, object] of objects.entries())
      writeFileSync(join(folder, `${index}.yaml`), stringify(object));
    return { name: folder.slice(work.length + 1), objects, folder };
  }
  const ask = (judge: string, ...objects: Manifest[]): Promise<Finding[]> => panel[judge]!(build(...objects));
  const has = (findings: Finding[], check: string, object: string, text: RegExp): void =>
    assert.ok(
      findings.some((each) => each.check === check && each.object === object && text.test(each.text)),
      `expected ${check} of ${object}, got ${JSON.stringify(findings, null, 1)}`,
    );

  it("dry run: names pods that the namespace does not let in, unknown fields and warnings", async () => {
    const findings = await ask("dry run", ...namespaces, careless, misspelled, outdated);
    has(
      findings,
      "Forbidden",
      "Pod demo/careless-pod",
      /violates PodSecurity "restricted:latest": privileged/,
    );
    has(findings, "warning", "Deployment demo/careless", /would violate PodSecurity/);
    has(findings, "warning", "Endpoints demo/old", /deprecated/);
    assert.ok(
      findings.some(({ object, text }) => object === "ConfigMap demo/misspelled" && /dta/.test(text)),
    );
    assert.deepEqual(
      findings.filter(({ object }) => /Namespace|Quota|LimitRange|PriorityClass/.test(object)),
      [],
    );
  });

  it("kube-score: names a container without limits, and without probes", async () => {
    const findings = await ask("kube-score", careless);
    has(findings, "container-resources", "Deployment demo/careless", /web: Memory limit is not set/);
    has(findings, "pod-networkpolicy", "Deployment demo/careless", /NetworkPolicy/);
  });

  it("checkov: names a privileged container", async () => {
    has(await ask("checkov", careless), "CKV_K8S_16", "Deployment demo/careless", /privileged/);
  });

  it("promtool: names a rule that cannot be read", async () => {
    const checks = (await ask("promtool", prometheus, rules)).map(({ check }) => check);
    assert.ok(checks.includes("check rules"), checks.join());
  });
});

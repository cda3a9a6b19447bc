// `--offline` on the manifests of public applications says the same as a round on a cluster that runs them.
// Nightly: the applications are pinned; offline.test.ts holds the same verdicts to tables at every change.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { entryFile } from "../../balancer/index.ts";
import { TestCluster } from "../../balancer/testing/controlPlane.ts";
import { startUsage, type UsageSource } from "../../balancer/testing/controlPlane/measuredUsage.ts";
import { Workloads } from "../../balancer/testing/controlPlane/workloads.ts";
import { publicApps, type PublicApp } from "./testing/publicApps.ts";

interface Named {
  kind: string;
  namespace: string;
  name: string;
}

describe("public applications, judged offline and by a round", () => {
  const cluster = new TestCluster();
  let apps: PublicApp[];
  let usage: UsageSource;
  let policies: Record<string, string>;

  /** What there is to save is not the question, nor how much at once; all that is structural counts. */
  const rules = (more: object) =>
    stringify({
      namespaces: Object.fromEntries(apps.map(({ namespace }) => [namespace, {}])),
      usage: { rateMinutes: 0.5 },
      pools: { spot: { stableMinutes: 0 } },
      cooldown: { minutes: 0, autoscalerMinutes: 0 },
      budgets: { maxMovesPerRound: 100, maxMovesPerHour: 100 },
      ...more,
    });

  before(async function () {
    this.timeout(600_000); // kustomize may have to be built
    apps = await publicApps();
    policies = {
      "as it comes": rules({}),
      "with StatefulSets": rules({ statefulSets: { enabled: true } }),
      "and all of it low": rules({ statefulSets: { enabled: true }, priorities: { default: "low" } }),
    };
    await cluster.start();
    const nodes = [1, 2, 3].flatMap((index) => [
      { name: `regular-${index}`, priority: "regular" as const },
      { name: `spot-${index}`, priority: "spot" as const },
    ]);
    for (const [index, { name, priority }] of nodes.entries()) {
      await cluster.addNode(name, priority);
      const zone = `zone-${Math.floor(index / 2) + 1}`;
      const labels = { "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": zone };
      await cluster.merge({ apiVersion: "v1", kind: "Node", metadata: { name, labels } });
    }
    const workloads = new Workloads(cluster);
    for (const { namespace, objects } of apps) {
      await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      const runs = (kind: string) => ["Deployment", "StatefulSet"].includes(kind);
      await cluster.create(...objects.filter(({ kind }) => !runs(kind)));
      await workloads.addAll(objects.filter(({ kind }) => runs(kind)));
    }
    usage = await startUsage(cluster.admin, policies["as it comes"]!);
    await workloads.oldEnough();
  });
  after(async () => {
    await usage?.stop();
    await cluster.stop();
  });

  async function run(...args: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, [entryFile, "--output", "json", ...args]);
    return JSON.parse(stdout);
  }
  const told = (all: [Named, string][]) =>
    Object.fromEntries(
      all.map(([{ kind, namespace, name }, what]) => [`${kind} ${namespace}/${name}`, what]),
    );

  async function offline(policy: string): Promise<Record<string, string>> {
    const text = apps.flatMap(({ objects }) => objects.map((object) => stringify(object))).join("---\n");
    const { workloads } = (await run("--offline", cluster.file("all.yaml", text), "--policy", policy)) as {
      workloads: (Named & { verdict: string; obstacles: { reason: string }[] })[];
    };
    return told(workloads.map((each) => [each, each.obstacles[0]?.reason ?? each.verdict]));
  }

  async function round(policy: string): Promise<Record<string, string>> {
    const kubeconfig = join(cluster.folder, "state", "kubeconfig");
    const args = ["--kubeconfig", kubeconfig, "--prometheus", usage.url, "--policy", policy];
    const { moves, refusals } = (await run("--dry-run", ...args)) as {
      moves: { workload: Named; kind: string }[];
      refusals: { workload: Named; reason: string }[];
    };
    return told([
      ...moves.map(({ workload }): [Named, string] => [workload, "spot"]),
      ...refusals.map(({ workload, reason }): [Named, string] => [workload, reason]),
    ]);
  }

  const seen = new Set<string>();
  for (const name of ["as it comes", "with StatefulSets", "and all of it low"])
    it(`says the same, the policy ${name}`, async () => {
      const policy = cluster.file(`${name.replaceAll(" ", "-")}.yaml`, policies[name]!);
      const [before, then] = [await offline(policy), await round(policy)];
      assert.ok(Object.keys(before).length >= 6, JSON.stringify(before));
      assert.deepEqual(before, then);
      for (const what of Object.values(before)) seen.add(what);
    });

  it("and that is more than one reason, and a move", () => {
    assert.ok(seen.has("spot") && seen.size >= 3, [...seen].join());
  });
});

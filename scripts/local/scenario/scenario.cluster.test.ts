// The whole flow, as a person types it: start, look for drift, bad ways to take it down, stop.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { loadKubeConfig } from "../kube.ts";
import { TestEnvironment } from "../testing/environment.ts";
import { eventually } from "../testing/eventually.ts";
import { askPrometheus, dashboardQueries } from "../testing/monitoring.ts";

describe("npm start", () => {
  const environment = new TestEnvironment();
  after(() => environment.remove());

  it("refuses the upper layers while the lower ones are missing, saying what to do", async () => {
    await environment.up();
    const { code, output } = await environment.run("up", "deploy-local");
    assert.equal(code, 1);
    assert.match(output, /base-local is not deployed yet: run `npm run local -- up base-local` first/);
  });

  it("refuses a stack that there is no program for, naming those there are", async () => {
    const { code, output } = await environment.run("preview", "network-local");
    assert.equal(code, 1);
    assert.match(output, /base-local.*db-local.*deploy-local|<layer>-<env>|base, db, deploy/s);
  });

  it("shows every step of the story in the cluster, and leaves everything running", async () => {
    const { code, output } = await environment.run("start");
    assert.equal(code, 0, output);
    const told = [...output.matchAll(/demo\/([a-z-]+) {2}(\w.*?) {2}(\w+): \S/gm)].map((match) =>
      match.slice(1),
    );
    // A round that comes before Azure has taken the node moves the workload; after that its pods have gone by themselves.
    const [loss, back] = told.splice(4);
    assert.deepEqual(told, [
      ["nginx-demo", "regular → spot", "Idle"],
      ["busy-demo", "stays on regular", "NotIdle"],
      ["nginx-demo", "spot → regular", "Busy"],
      ["nginx-demo", "regular → spot", "Idle"],
    ]);
    assert.match(loss?.join() ?? "", /^nginx-demo,spot → regular,(SpotNodeLost|Rescheduled)$/);
    assert.match(back?.join() ?? "", /^nginx-demo,regular → spot,(Idle|BackToSpot)$/);
    assert.match(output, /[45] moves by the balancer\. The 2 pods on spot save USD \d+\.\d\d a month/);
    assert.equal((await environment.run("status")).code, 0);
  });

  it("sees no drift where the balancer has moved a workload", async () => {
    const config = loadKubeConfig(join(environment.state, "kubeconfig"));
    const deployment = await config
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ name: "nginx-demo", namespace: "demo" });
    assert.ok(deployment.spec?.template.spec?.tolerations?.length, "the placement is still there");
    // Both at once: this file is the longest, and they only read.
    const previews = [[], ["--refresh"]].map((flags) =>
      environment.run("preview", "deploy-local", "--expect-no-changes", ...flags),
    );
    for (const { code, output } of await Promise.all(previews)) assert.equal(code, 0, output);
  });

  it("shows series for every query of every dashboard, from targets that all answer", async () => {
    // One that was only just found was not asked yet; one that has just gone is forgotten a moment later.
    await eventually(async () => {
      const { activeTargets } = await askPrometheus(environment.state, "targets?state=active");
      const silent = activeTargets.filter(({ health }) => health !== "up");
      assert.deepEqual(
        silent.map(({ labels, lastError }) => ({ ...labels, lastError })),
        [],
      );
      const jobs = new Set(activeTargets.map(({ labels }) => labels["job"]));
      for (const job of ["nodes", "kubelet", "pods", "kube-state-metrics", "node-exporter", "apiserver"])
        assert.ok(jobs.has(job), `no target of job ${job}`);
    });

    const queries = dashboardQueries();
    assert.ok(queries.length > 30);
    // Rules that stand on others have their first value minutes after Prometheus has started.
    await eventually(async () => {
      const empty: string[] = [];
      for (const { panel, expr } of queries) {
        const { result } = await askPrometheus(environment.state, `query?query=${encodeURIComponent(expr)}`);
        if (result.length === 0) empty.push(`${panel}: ${expr}`);
      }
      assert.deepEqual(empty, [], "series for every query");
      const { groups } = await askPrometheus(environment.state, "rules");
      const failing = groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== "ok");
      assert.deepEqual(failing, []);
    });
  });

  it("keeps the records to their owner, and secrets out of them", async () => {
    const files = ["base-local", "db-local", "deploy-local"].map((stack) =>
      join(environment.state, "stacks", `${stack}.json`),
    );
    for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    const [base = ""] = files;
    assert.doesNotMatch(readFileSync(base, "utf8"), /BEGIN|client-key-data/);
    const { output } = await environment.run("up", "db-local");
    assert.match(output, /databasePassword *: \[secret\]/);
  });

  it("does not destroy what others stand on, and names them", async () => {
    const { code, output } = await environment.run("destroy", "base-local", "--yes");
    assert.equal(code, 1);
    assert.match(output, /db-local and deploy-local still stand on base-local/);
  });

  it("stops by destroying in reverse order, and leaves no process", async () => {
    const { code, output } = await environment.run("stop");
    assert.equal(code, 0, output);
    // Its first line: a log gets further ones of a step that takes long.
    const order = [...output.matchAll(/^Pulumi destroys (\S+) …$/gm)].map(([, stack]) => stack);
    assert.deepEqual(order, ["deploy-local", "db-local", "base-local"]);
    assert.deepEqual(await environment.processes(), []);
  });
});

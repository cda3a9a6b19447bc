// What goes wrong around a round, on a real control plane: nothing may be half done, exceeded or forgotten.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { AppsV1Api, KubernetesObjectApi, type V1Deployment } from "@kubernetes/client-node";
import { entryFile } from "./index.ts";
import type { Json } from "./kube/json.ts";
import { connect } from "./kube/client.ts";
import { readOwnership } from "./kube/ownership.ts";
import { readMetrics } from "./state.ts";
import { type Admission, startAdmission } from "./testing/admission.ts";
import { ApiServerProcess } from "./testing/apiServerProcess.ts";
import { buildApiDeployment } from "./testing/apiObjects.ts";
import { type Identity, TestCluster, type UsageSource, startUsage, until } from "./testing/cluster.ts";

const policyText = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { autoscalerMinutes: 0 }
budgets: { maxMovesPerRound: 2, maxMovesPerHour: 2 }
score: { threshold: 0 }
`;

interface Round {
  code: number | null;
  stderr: string;
  /** `name result reason`, in the order of the moves. */
  outcomes: string[];
  refusals: Record<string, string>;
  skipped?: string;
}

interface Report {
  outcomes: { move: { workload: { name: string } }; result: string; reason: string; message: string }[];
  refusals: { workload: { name: string }; reason: string }[];
  stats: { skipped?: string };
}

describe("faults around a round", function () {
  const cluster = new TestCluster();
  let balancer: Identity;
  let usage: UsageSource;
  let admission: Admission;
  let apiServer: ApiServerProcess;
  let apps: AppsV1Api;
  let running: ChildProcess | undefined;
  const all = ["p1", "l1", "w1", "w2", "c1", "c2", "s1", "k1", "k2", "k3", "r1", "r2"];
  const taken: string[] = [];
  const take = async (...names: string[]) => {
    taken.push(...names);
    for (const name of names) await label(name, { "spot-balancer/tier": null });
  };
  const stateDir = () => join(cluster.folder, "state");

  /** The program as the CronJob runs it; `running` is its process meanwhile. */
  async function round(prometheus = usage.url): Promise<Round> {
    const args = [entryFile, "--service-account-dir", balancer.serviceAccountDir, "--output", "json"];
    const policy = cluster.file("policy.yaml", policyText);
    const env = { PATH: process.env["PATH"], ...balancer.env };
    const child = spawn(process.execPath, [...args, "--policy", policy, "--prometheus", prometheus], { env });
    running = child;
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    running = undefined;
    if (stdout === "") return { code, stderr, outcomes: [], refusals: {} };
    const { outcomes, refusals, stats } = JSON.parse(stdout) as Report;
    return {
      code,
      stderr,
      outcomes: outcomes.map(({ move, result, reason }) => `${move.workload.name} ${result} ${reason}`),
      refusals: Object.fromEntries(refusals.map(({ workload, reason }) => [workload.name, reason])),
      skipped: stats.skipped,
    };
  }

  const read = (name: string) => apps.readNamespacedDeployment({ namespace: "demo", name });
  async function placed(...names: string[]): Promise<string[]> {
    const all = await Promise.all(names.map(read));
    return all.map(({ metadata }) => readOwnership(metadata?.managedFields as never).placement);
  }
  const settled = (name: string) =>
    until(`${name} to be rolled out`, async () => {
      const { metadata, spec, status } = await read(name);
      const current = status?.observedGeneration === metadata?.generation;
      return (
        current &&
        status?.updatedReplicas === spec?.replicas &&
        status?.replicas === status?.availableReplicas
      );
    });

  const ignore = { "spot-balancer/tier": "ignore" };
  const label = (name: string, labels: object) =>
    merge("apps/v1", "Deployment", name, { metadata: { name, namespace: "demo", labels } }, "demo");

  /** Idle Deployments that are left alone until a test takes them: usage is believed of pods of some age only. */
  async function addWorkloads(...names: string[]): Promise<void> {
    for (const name of names) {
      const deployment: Json<V1Deployment> = buildApiDeployment(name);
      deployment.metadata = { name, namespace: "demo", labels: { app: name, ...ignore } };
      deployment.spec!.template.spec!.containers[0]!.image = "none";
      delete deployment.status;
      await cluster.create({ apiVersion: "apps/v1", kind: "Deployment", ...deployment });
    }
    await Promise.all(names.map(settled));
  }

  const objects = () => KubernetesObjectApi.makeApiClient(cluster.admin);
  async function merge(
    apiVersion: string,
    kind: string,
    name: string,
    change: object,
    namespace = "monitoring",
  ) {
    const object = { apiVersion, kind, metadata: { name, namespace }, ...change };
    await objects().patch(object, undefined, undefined, undefined, undefined, "application/merge-patch+json");
  }
  /** As if so much time had passed since somebody renewed the Lease. */
  const leaseOf = (holderIdentity: string, secondsAgo: number) => {
    const renewTime = new Date(Date.now() - secondsAgo * 1000).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity, leaseDurationSeconds: 60, renewTime, acquireTime: renewTime };
    return merge("coordination.k8s.io/v1", "Lease", "spot-balancer", { spec });
  };
  async function counters(): Promise<Record<string, number>> {
    const client = connect(balancer.config, { signal: new AbortController().signal });
    const { counters } = await readMetrics(client, "monitoring");
    await client.close();
    return counters;
  }

  before(async function () {
    if (process.platform !== "linux") return this.skip();
    await cluster.start();
    await cluster.installBalancer();
    await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    balancer = await cluster.identity("monitoring", "spot-balancer");
    usage = await startUsage(cluster.admin, policyText);
    apps = cluster.admin.makeApiClient(AppsV1Api);
    apiServer = new ApiServerProcess(stateDir());
    admission = await startAdmission(stateDir());
    await cluster.create(admission.configuration);
    await addWorkloads(...all);
    const oldEnough = Date.now() + 31_000;
    await until("the pods to be old enough", () => Promise.resolve(Date.now() > oldEnough));
  });
  after(async () => {
    await admission?.stop();
    await usage?.stop();
    await apiServer?.stop();
    await cluster.stop();
  });

  afterEach(async () => {
    admission.onWrite = () => undefined;
    // With them goes what they remember, which the budget of the hour counts.
    for (const name of taken.splice(0)) await apps.deleteNamespacedDeployment({ namespace: "demo", name });
    await merge("v1", "ConfigMap", "spot-balancer-state", { data: null });
    await leaseOf("", 100);
  });

  it("Prometheus is gone: nothing moves voluntarily, and it is said: exit 3", async () => {
    await take("p1");
    const { code, outcomes, refusals, stderr } = await round("http://127.0.0.1:9");
    assert.deepEqual([code, outcomes, refusals["p1"]], [3, [], "MetricsUnavailable"]);
    assert.match(stderr, /Prometheus at http:\/\/127\.0\.0\.1:9 gives no usage: connect ECONNREFUSED/);
    assert.equal((await counters())['rounds_total{result="Degraded"}'], 1);
    assert.deepEqual((await round()).outcomes, ["p1 Done Applied"]);
  });

  it("the Lease is held by a dead one: nothing is written until its time is over", async () => {
    await take("l1");
    await leaseOf("dead-1", 30);
    const early = await round();
    assert.deepEqual([early.code, early.skipped, await placed("l1")], [0, "LeaseHeld", ["regular"]]);
    await leaseOf("dead-1", 61);
    assert.deepEqual((await round()).outcomes, ["l1 Done Applied"]);
  });

  it("a webhook refuses: that move fails with its words, the others are made: exit 3", async () => {
    await take("w1", "w2");
    admission.onWrite = ({ name }) => (name === "w1" ? "images are frozen" : undefined);
    const { code, outcomes, stderr } = await round();
    assert.deepEqual([code, outcomes], [3, ["w1 Failed Rejected", "w2 Done Applied"]]);
    assert.match(stderr, /images are frozen/);
    assert.deepEqual(await placed("w1", "w2"), ["regular", "spot"]);
    admission.onWrite = () => undefined;
    assert.deepEqual(
      (await round()).outcomes,
      ["w1 Done Applied"],
      "nothing keeps it from being tried again",
    );
  });

  it("every write meets a conflict: nothing is forced, and the next round does it", async () => {
    await take("c1", "c2");
    let edits = 0;
    admission.onWrite = async ({ kind, namespace, name }) => {
      if (kind !== "Deployment") return;
      const annotations = { "example.com/edit": String(++edits) };
      await merge("apps/v1", kind, name, { metadata: { name, namespace, annotations } }, namespace);
    };
    const first = await round();
    assert.deepEqual(first.outcomes, ["c1 Skipped Changed", "c2 Skipped Changed"], first.stderr);
    assert.deepEqual([first.code, edits >= 2, await placed("c1", "c2")], [0, true, ["regular", "regular"]]);
    admission.onWrite = () => undefined;
    assert.deepEqual((await round()).outcomes, ["c1 Done Applied", "c2 Done Applied"]);
  });

  it("somebody else writes the state: no move is begun without it: exit 3", async () => {
    await take("s1");
    admission.onWrite = async ({ kind }) => {
      if (kind === "ConfigMap") await merge("v1", kind, "spot-balancer-state", { data: { other: "1" } });
    };
    const { code, outcomes, stderr } = await round();
    assert.deepEqual([code, outcomes, await placed("s1")], [3, [], ["regular"]]);
    assert.match(stderr, /409/);
  });

  it("it is killed between two moves: the next round goes on, and the budget of the hour holds", async () => {
    await take("k1", "k2", "k3");
    admission.onWrite = ({ name }) => {
      if (name !== "k2") return;
      running?.kill("SIGKILL");
      return "too late";
    };
    assert.equal((await round()).code, null);
    assert.deepEqual(await placed("k1", "k2", "k3"), ["spot", "regular", "regular"]);
    admission.onWrite = () => undefined;
    assert.equal((await round()).skipped, "LeaseHeld", "by the one that was killed");
    await leaseOf("killed", 61);
    await settled("k1");
    const { outcomes, refusals } = await round();
    assert.deepEqual(outcomes, ["k2 Done Applied"]);
    assert.equal(refusals["k3"], "MoveBudgetHour");
    const found = await counters();
    assert.equal(found['rounds_total{result="Crashed"}'], 1);
    const moves = (result: string) => found[`moves_total{kind="ToSpot",reason="Idle",result="${result}"}`];
    assert.deepEqual(
      [moves("Done"), moves("Unknown")],
      [2, 1],
      "a by its memory, then b; b was never told of",
    );
  });

  it("the API server is restarted under a write: that move fails, the next round makes it: exit 3", async () => {
    await take("r1", "r2");
    let restarts = 0;
    admission.onWrite = ({ name }) => {
      if (name !== "r1" || restarts > 0) return;
      restarts++;
      apiServer.restart();
      return new Promise(() => undefined); // who asked is gone
    };
    const first = await round();
    // A server that has just come up may refuse for a moment, as it has not read the rights yet.
    assert.match(first.outcomes[0] ?? first.stderr, /^r1 Failed (Unreachable|Forbidden)$/);
    assert.equal(first.outcomes.length, 2, "the other move was tried all the same");
    assert.deepEqual([first.code, await placed("r1")], [3, ["regular"]]);
    await leaseOf("", 100); // given back, unless that was refused as well
    const second = await until("a round of the new server", async () => {
      const result = await round();
      return result.outcomes.length > 0 && result;
    });
    assert.ok(second.outcomes.includes("r1 Done Applied"), second.outcomes.join());
    assert.deepEqual(await placed("r1", "r2"), ["spot", "spot"]);
  });
});

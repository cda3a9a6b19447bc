// The deploy stack in operation: it comes up without a restart, lets requests through as its weights say, is left alone
// by a second `up` and by what balancer and autoscalers do, changes what was changed and nothing else, and goes whole.
import assert from "node:assert/strict";
import { join } from "node:path";
import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { loadKubeConfig, waitFor } from "./kube.ts";
import { viewCluster } from "./scenario/clusterView.ts";
import { requestRound } from "./scenario/rounds.ts";
import { TestEnvironment } from "./testing/environment.ts";
import { listObjects } from "./testing/inventory.ts";
import { ProjectCopy } from "./testing/projectCopy.ts";
import { askApi, assertShare } from "./testing/traffic.ts";

const settings = "stacks/config/Pulumi.deploy-local.yaml";
const requests = 1000;

interface Ended {
  ok: boolean;
  counts: Record<string, number>;
  outputs: { frontendUrl: string };
}

const ownerOf = ({ metadata }: V1Pod): string => metadata?.ownerReferences?.[0]?.kind ?? "";
const isReady = ({ status }: V1Pod): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

describe("the deploy stack", function () {
  this.bail(true); // each goes on where the one before has ended
  const project = new ProjectCopy();
  const environment = new TestEnvironment(project.root);
  let config: KubeConfig;
  let emptyCluster: string[];
  let url: string;

  async function up(): Promise<Ended> {
    const { output } = await environment.run("up", "deploy-local", "--json");
    const events = output.split("\n").filter((line) => line.startsWith("{"));
    const end = JSON.parse(events.at(-1) ?? "{}") as Ended;
    assert.ok(end.ok, events.filter((line) => /"severity":"error"|"phase":"failed"/.test(line)).join("\n"));
    return end;
  }
  async function assertUnchanged(...flags: string[]): Promise<void> {
    const preview = await environment.run("preview", "deploy-local", "--expect-no-changes", ...flags);
    assert.equal(preview.code, 0, preview.output);
  }
  /** Pods that stay: those of Jobs come each minute. */
  async function lastingPods(): Promise<V1Pod[]> {
    const { items } = await config.makeApiClient(CoreV1Api).listPodForAllNamespaces();
    return items.filter((pod) => ownerOf(pod) !== "Job" && !pod.metadata?.deletionTimestamp);
  }
  async function templates(): Promise<string[]> {
    const { items } = await config.makeApiClient(AppsV1Api).listReplicaSetForAllNamespaces();
    return items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
  }

  before(async () => {
    // Rounds come when they are asked for, and this workload is so busy that its autoscaler takes it to its maximum.
    project.edit(settings, "config:\n", 'config:\n  spot-balancer:balancerSchedule: "0 0 1 1 *"\n');
    project.edit(settings, "accounts: { cpu: 100m,", "accounts: { cpu: 900m,");
    await environment.up();
    config = loadKubeConfig(join(environment.state, "kubeconfig"));
    for (const stack of ["base-local", "db-local"]) {
      const { code, output } = await environment.run("up", stack);
      assert.equal(code, 0, output);
    }
    emptyCluster = await listObjects(config);
  });
  after(async () => {
    await environment.remove();
    project.remove();
  });

  it("comes up with every pod ready, and none restarted", async () => {
    ({ frontendUrl: url } = (await up()).outputs);
    const pods = await waitFor(
      async () => {
        const pods = await lastingPods();
        return pods.every((pod) => isReady(pod) || pod.metadata?.namespace === "placeholder") && pods;
      },
      { what: "all pods to be ready", timeoutMs: 60_000 },
    );
    const restarted = pods.filter(({ status }) =>
      status?.containerStatuses?.some(({ restartCount }) => restartCount > 0),
    );
    assert.deepEqual(
      restarted.map(({ metadata }) => metadata?.name),
      [],
    );
  });

  it("leads to the page, and to the API's variants half and half", async () => {
    assert.match(url, /^http:\/\/127\./);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>/);
    const { a = 0, b = 0 } = await askApi(url, requests);
    assert.equal(a + b, requests);
    assertShare(a, requests, 0.5);
  });

  it("is not changed by a second up", async () => {
    const { counts } = await up();
    assert.deepEqual(Object.keys(counts).sort(), ["read", "same"]);
  });

  it("shows no drift after moves and scaling", async () => {
    const view = viewCluster(config);
    await waitFor(
      async () => {
        await requestRound(config, Date.now());
        const moved = await view.pods("demo", "nginx-demo");
        return moved.length > 0 && moved.every(({ priority, ready }) => priority === "spot" && ready);
      },
      { what: "nginx-demo to be moved to spot", timeoutMs: 240_000, intervalMs: 1_000 },
    );
    await waitFor(async () => (await view.replicas("banking", "accounts")) === 4, {
      what: "accounts to be scaled to 4",
      timeoutMs: 180_000,
      intervalMs: 1_000,
    });
    await assertUnchanged();
    await assertUnchanged("--refresh");
  });

  it("rolls a workload whose image changes, and no other", async () => {
    const templatesBefore = await templates();
    project.edit("k8s/statements/deployment.yaml", "docker.io/library/node:", "mirror.example/library/node:");
    assert.equal((await up()).counts["update"], 1);
    const added = (await templates()).filter((name) => !templatesBefore.includes(name));
    assert.equal(added.length, 1, added.join());
    assert.match(added[0] ?? "", /^banking\/statements-/);
  });

  it("splits by the weights of its configuration", async () => {
    project.edit(settings, "routing: services }", "routing: services, weights: { a: 9, b: 1 } }");
    assert.equal((await up()).counts["update"], 1);
    // The gateway learns of it a moment after the route has changed.
    await waitFor(async () => ((await askApi(url, 100))["b"] ?? 0) < 25, {
      what: "the gateway to follow its route",
      timeoutMs: 30_000,
    });
    const { b = 0 } = await askApi(url, requests);
    assertShare(b, requests, 0.1);
  });

  it("leaves no object behind when it is destroyed", async () => {
    const { code, output } = await environment.run("destroy", "deploy-local", "--yes");
    assert.equal(code, 0, output);
    // What the objects owned is collected a moment later.
    await waitFor(async () => (await listObjects(config)).length === emptyCluster.length, {
      what: "the last objects to go",
      timeoutMs: 30_000,
    }).catch(() => undefined);
    assert.deepEqual(await listObjects(config), emptyCluster);
  });

  it("comes up again after that", async () => {
    const { outputs } = await up();
    const response = await fetch(`${outputs.frontendUrl}/api/info`);
    assert.equal(response.status, 200);
  });
});

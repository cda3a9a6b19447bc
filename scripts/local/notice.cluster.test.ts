// A spot node with half a minute's notice, and the watcher: what runs there is elsewhere before the node goes, and who asks
// the programs on it all the time notices nothing. The programs are real, on process nodes; so are watcher and rights.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, type KubernetesObject, type V1Pod } from "@kubernetes/client-node";
import { connect } from "../../balancer/kube/client.ts";
import { watchList } from "../../balancer/kube/watch.ts";
import { buildApiNode } from "../../balancer/testing/apiObjects.ts";
import { type Identity, TestCluster } from "../../balancer/testing/controlPlane.ts";
import { type UsageSource, startUsage } from "../../balancer/testing/controlPlane/measuredUsage.ts";
import { shippedProgram } from "../../balancer/testing/program.ts";
import { waitFor } from "./waitFor.ts";
import type { ProcessNode } from "./processNode.ts";
import { startOwnNode } from "./processNode/testing/ownNode.ts";
import { buildScript } from "./processNode/testing/build.ts";

const policy = `
namespaces: { demo: {} }
priorities: { default: low }
availability: { low: 0.5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
`;
const noticeMs = 30_000;

/** Answers after 20 ms. Told to end, it goes on for three seconds: those who ask learn of it a little later. */
const server = `
  let ending = false;
  const server = require("http").createServer((request, response) => {
    response.statusCode = request.url === "/ready" && ending ? 503 : 200;
    setTimeout(() => response.end("ok"), 20);
  });
  server.listen(8080, process.env.POD_IP);
  process.on("SIGTERM", () => { ending = true; setTimeout(() => server.close(() => process.exit(0)), 3000); });`;

function deployment(name: string, replicas: number, cpu: string): KubernetesObject {
  const container = buildScript(server, {
    env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 },
    resources: { requests: { cpu, memory: "16Mi" } },
  });
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "demo", labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  } as KubernetesObject;
}

/** As a Service does it: any pod that is ready, and not told to end. */
class Visitor {
  readonly pods = new Map<string, V1Pod>();
  asked = 0;
  readonly failures: string[] = [];
  private turn = 0;

  listed(pods: V1Pod[]): void {
    this.pods.clear();
    for (const pod of pods) this.changed(pod);
  }
  changed = (pod: V1Pod) => void this.pods.set(pod.metadata!.uid!, pod);
  gone = (pod: V1Pod) => void this.pods.delete(pod.metadata!.uid!);

  of(app: string): V1Pod[] {
    return [...this.pods.values()].filter(({ metadata }) => metadata?.labels?.["app"] === app);
  }
  ready(app: string): V1Pod[] {
    return this.of(app).filter(
      ({ metadata, status }) =>
        !metadata?.deletionTimestamp &&
        status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
  }
  async ask(app: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ready = this.ready(app);
      const host = ready[this.turn++ % ready.length]?.status?.podIP;
      this.asked++;
      const failed = host === undefined ? "no pod is ready" : await answer(host);
      if (failed !== undefined) this.failures.push(`${app}: ${failed}`);
      await delay(20);
    }
  }
}

/** @returns what went wrong */
const answer = (host: string) =>
  new Promise<string | undefined>((resolve) => {
    get({ host, port: 8080, agent: false, timeout: 5000 }, (response) => {
      response
        .resume()
        .once("end", () => resolve(response.statusCode === 200 ? undefined : `${response.statusCode}`));
    }).once("error", (error) => resolve(error.message));
  });

describe("a spot node's notice of half a minute", () => {
  let cluster: TestCluster;
  let core: CoreV1Api;
  let usage: UsageSource;
  let balancer: Identity;
  let program: Awaited<ReturnType<typeof shippedProgram>>;
  const nodes = new Map<string, ProcessNode>();
  const visitor = new Visitor();
  const ending = new AbortController();
  let following: Promise<void>;
  let watcher: ChildProcess;
  let said = "";

  async function addNode(name: string, priority: "regular" | "spot"): Promise<void> {
    const { metadata, spec } = buildApiNode(name, priority);
    const { taints } = spec as { taints: [] };
    const options = { name, labels: metadata!.labels!, taints, rootDir: join(cluster.folder, name) };
    const kubeconfig = join(cluster.folder, "state", "kubeconfig");
    const capacity = { cpu: "2", memory: "4Gi", pods: "30", "ephemeral-storage": "8Gi" };
    const executables = { node: process.execPath };
    nodes.set(name, await startOwnNode({ ...options, kubeconfig, capacity, executables, log: () => {} }));
  }
  const balance = (...args: string[]) =>
    spawn(
      process.execPath,
      [
        ...[
          program.bundle,
          ...args,
          "--policy",
          cluster.file("policy.yaml", policy),
          "--prometheus",
          usage.url,
        ],
        ...["--service-account-dir", balancer.serviceAccountDir],
      ],
      { env: { ...program.env, ...balancer.env }, stdio: ["ignore", "ignore", "pipe"] },
    );
  const placesOf = (app: string) => visitor.of(app).map(({ spec }) => spec?.nodeName ?? "none").sort(); // prettier-ignore
  const until = (what: string, ask: () => boolean, timeoutMs = 300_000) =>
    waitFor(ask, { what, timeoutMs, intervalMs: 20 });
  const isOnSpot = (app: string, replicas: number) =>
    placesOf(app).length === replicas && placesOf(app).every((node) => node.startsWith("spot-")) && visitor.ready(app).length === replicas; // prettier-ignore

  before(async () => {
    cluster = new TestCluster();
    await cluster.start();
    await cluster.installBalancer();
    core = cluster.admin.makeApiClient(CoreV1Api);
    usage = await startUsage(cluster.admin, policy);
    balancer = await cluster.identity("monitoring", "spot-balancer");
    program = await shippedProgram();
    await Promise.all([
      addNode("regular-1", "regular"),
      addNode("spot-1", "spot"),
      addNode("spot-2", "spot"),
    ]);
    following = watchList<V1Pod>(connect(cluster.admin), "/api/v1/namespaces/demo/pods", visitor, {
      signal: ending.signal,
      onProblem: () => {},
    });
    await cluster.create(deployment("solo", 1, "100m"), deployment("trio", 3, "100m"), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { namespace: "demo", name: "trio" },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: "trio" } } },
    });
    // One by one: they are placed by rounds as the CronJob does them.
    await waitFor(
      async () => {
        await new Promise((resolve) => balance("--log-level", "silent").once("close", resolve));
        return isOnSpot("solo", 1) && isOnSpot("trio", 3);
      },
      { what: "both workloads to be on spot", timeoutMs: 300_000, intervalMs: 2000 },
    );
    watcher = balance("watch", "--listen", "127.0.0.1:0");
    watcher.stderr?.on("data", (chunk) => (said += String(chunk)));
    await until("the watcher to serve", () => said.includes("Metrics are served"));
  });
  after(async () => {
    watcher?.kill("SIGKILL");
    ending.abort();
    await following;
    for (const node of nodes.values()) await node.stop();
    await usage?.stop();
    await cluster?.stop();
  });

  it("is enough: replacements are ready before the node goes, and no request fails", async () => {
    const stop = new AbortController();
    const asking = ["solo", "trio"].map((app) => visitor.ask(app, stop.signal));
    await until("requests to be answered", () => visitor.asked > 50);
    const [node] = placesOf("solo") as [string];
    const hit = placesOf("trio").filter((each) => each === node).length;

    const announcedAt = performance.now();
    const condition = { type: "VMEventScheduled", status: "True", reason: "VMEventScheduled", message: `Preempt Scheduled: ${new Date(Date.now() + noticeMs).toUTCString()}. DurationInSeconds: -1` }; // prettier-ignore
    const patch = { name: node, fieldManager: "node-problem-detector" };
    const live = await core.readNode(patch);
    live.status!.conditions!.push({ ...condition });
    await core.replaceNodeStatus({ name: node, body: live });
    await cluster.merge({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: node },
      spec: { unschedulable: true },
    });

    const seconds = () => (performance.now() - announcedAt) / 1000;
    await until("the first pod to be replaced", () => [...visitor.pods.values()].some(({ metadata, spec }) => spec?.nodeName === node && metadata?.deletionTimestamp)); // prettier-ignore
    const first = seconds();
    await until(
      "nothing to be left on the node",
      () => ![...placesOf("solo"), ...placesOf("trio")].includes(node),
    );
    await until(
      "all replacements to be ready",
      () => visitor.ready("solo").length === 1 && visitor.ready("trio").length === 3,
    );
    const all = seconds();
    console.log(`      1 of 1 and ${hit} of 3 pods on ${node}: first told to end after ${first.toFixed(1)} s, all replaced after ${all.toFixed(1)} s`); // prettier-ignore
    assert.ok(all < noticeMs / 1000, `${all} s\n${said}`);

    await nodes.get(node)!.stop({ deleteNode: true });
    nodes.delete(node);
    const asked = visitor.asked;
    await until("requests to be answered without it", () => visitor.asked > asked + 50);
    stop.abort();
    await Promise.all(asking);
    assert.deepEqual(visitor.failures, [], said);
  });

  it("is followed, once a node has come, by what waits for room there", async () => {
    await cluster.create(deployment("late", 1, "1800m"));
    await until("it to run on regular", () => placesOf("late").join() === "regular-1" && visitor.ready("late").length === 1); // prettier-ignore
    await addNode("spot-3", "spot");
    await until("it to be on the node that came", () => placesOf("late").join() === "spot-3");
  });

  it("ends with a signal, and gives the Lease back", async () => {
    watcher.kill("SIGTERM");
    const [code] = await new Promise<[number | null]>((resolve) =>
      watcher.once("close", (code) => resolve([code])),
    );
    assert.equal(code, 0, said);
    const path = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/spot-balancer";
    const lease = await connect(cluster.admin).send<{ spec: { holderIdentity: string } }>({ path });
    assert.equal(lease.spec.holderIdentity, "");
  });
});

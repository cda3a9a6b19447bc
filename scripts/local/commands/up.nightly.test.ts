// The local environment started, stopped, killed and interrupted in every way, and what its nodes can do.
// Nightly: each test brings up an environment of its own; what each run needs of it, scenario.cluster.test.ts sees.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import {
  AppsV1Api,
  AutoscalingV2Api,
  CoordinationV1Api,
  CoreV1Api,
  Metrics,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { loadKubeConfig, waitFor } from "../kube.ts";
import { TestEnvironment } from "../testing/environment.ts";

describe("the local environment", () => {
  let environment: TestEnvironment;
  beforeEach(() => (environment = new TestEnvironment()));
  afterEach(() => environment.remove());

  it("comes up, is left alone by a second start, and goes down leaving nothing running", async () => {
    const started = await environment.up();
    const running = await environment.processes();
    assert.ok(running.length >= 6, running.join("\n"));
    const status = await environment.run("status");
    assert.equal(status.code, 0, status.output);
    for (const name of ["etcd", "kube-apiserver", "kwok", "metrics-server"]) {
      assert.match(status.output, new RegExp(`^${name} +running +\\d+$`, "m"));
    }

    assert.deepEqual(await environment.up(), started);
    assert.deepEqual(await environment.processes(), running);

    const core = loadKubeConfig(started.kubeconfig).makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: "kept" } } });
    assert.equal((await environment.run("down")).code, 0);
    assert.deepEqual(await environment.processes(), []);
    assert.notEqual((await environment.run("status")).code, 0);

    assert.equal((await environment.up()).apiServer, started.apiServer);
    assert.equal((await core.readNamespace({ name: "kept" })).metadata?.name, "kept");
  });

  it("stands beside another one", async () => {
    const other = new TestEnvironment();
    try {
      const [one, two] = await Promise.all([environment.up(), other.up()]);
      assert.notEqual(one.apiServer, two.apiServer);
      for (const { kubeconfig, apiServer } of [one, two]) {
        const config = loadKubeConfig(kubeconfig);
        assert.equal(config.getCurrentCluster()?.server, apiServer);
        await config.makeApiClient(CoreV1Api).readNamespace({ name: "default" });
      }
    } finally {
      await other.remove();
    }
    assert.equal((await environment.run("status")).code, 0);
  });

  it("reports a program that was killed, with the end of its log, until it is started anew", async () => {
    await environment.up();
    process.kill(environment.pid("kube-scheduler"), "SIGKILL");
    const crashed =
      /kube-scheduler ended with SIGKILL\. The end of its log \(.*kube-scheduler\.log\):\n {4}\S/;
    const status = await waitFor(
      async () => {
        const { code, output } = await environment.run("status");
        return code !== 0 && output;
      },
      { what: "the crash to be reported", timeoutMs: 10_000 },
    );
    assert.match(status, crashed);
    const again = await environment.run("up");
    assert.equal(again.code, 1);
    assert.match(again.output, crashed);
    assert.match(again.output, /npm run local -- down/);
    await environment.run("down");
    await environment.up();
  });

  it("is cleaned up by the next start when its supervisor was killed", async () => {
    const { supervisorPid } = await environment.up();
    const left = environment.pid("kube-apiserver");
    process.kill(supervisorPid, "SIGKILL");
    const { code, output } = await environment.run("up");
    assert.equal(code, 0, output);
    assert.match(output, /cleaned up after an environment that was not stopped properly/);
    assert.notEqual(environment.pid("kube-apiserver"), left);
    assert.throws(() => process.kill(left, 0), { code: "ESRCH" });
  });

  it("that is interrupted while it starts leaves nothing running, and can be started", async () => {
    const main = join(import.meta.dirname, "..", "main.ts");
    const child = spawn(process.execPath, [main, "up"], { env: environment.variables, stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await waitFor(() => environment.pid("kube-apiserver"), {
      what: "a start",
      timeoutMs: 60_000,
      intervalMs: 20,
    });
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    assert.deepEqual(await environment.processes(), []);
    await environment.up();
  });

  it("says who has the port that was asked for", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await environment.run("up", "--port", String(port));
    server.close();
    assert.equal(code, 1);
    assert.match(
      output,
      new RegExp(`^port ${port} for the API server is in use by .+: stop that, or choose another`, "m"),
    );
    assert.deepEqual(await environment.processes(), []);
  });
});

describe("kwok's nodes", () => {
  let environment: TestEnvironment;
  let kubeconfig: string;
  before(async () => {
    environment = new TestEnvironment();
    ({ kubeconfig } = await environment.up());
  });
  after(() => environment.remove());

  const createNode = async (name: string): Promise<void> => {
    const size = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "30Gi" };
    await loadKubeConfig(kubeconfig)
      .makeApiClient(CoreV1Api)
      .createNode({
        body: {
          metadata: {
            name,
            labels: { "kubernetes.io/hostname": name },
            annotations: {
              "kwok.x-k8s.io/node": "fake",
              "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource`,
            },
          },
          status: { allocatable: size, capacity: size },
        },
      });
  };

  it("run pods whose load an autoscaler sees, and lose them when the node is lost", async () => {
    const config = loadKubeConfig(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    await createNode("one");
    const app = "loaded";
    const requests = { cpu: "100m", memory: "64Mi" };
    await config.makeApiClient(AppsV1Api).createNamespacedDeployment({
      namespace: "default",
      body: {
        metadata: { name: app, annotations: { "local.spot-balancer/cpu": "400m" } },
        spec: {
          selector: { matchLabels: { app } },
          template: {
            metadata: { labels: { app } },
            spec: { containers: [{ name: app, image: "example.com/app", resources: { requests } }] },
          },
        },
      },
    });
    await config.makeApiClient(AutoscalingV2Api).createNamespacedHorizontalPodAutoscaler({
      namespace: "default",
      body: {
        metadata: { name: app },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: app },
          minReplicas: 1,
          maxReplicas: 3,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
            },
          ],
        },
      },
    });
    const runningOn = async (node: string): Promise<number> => {
      const { items } = await core.listNamespacedPod({ namespace: "default", labelSelector: `app=${app}` });
      return items.filter(
        ({ spec, status, metadata }) =>
          spec?.nodeName === node && status?.phase === "Running" && !metadata?.deletionTimestamp,
      ).length;
    };
    await waitFor(async () => (await runningOn("one")) === 3, {
      what: "the autoscaler to scale from 1 to 3",
      timeoutMs: 180_000,
      intervalMs: 500,
    });
    const { items } = await new Metrics(config).getPodMetrics("default");
    assert.ok(items.every(({ containers }) => containers[0]!.usage.cpu.length > 1));

    await createNode("two");
    // kwok renews a node's Lease until somebody else holds it: then, as after a crash of the machine, nobody does.
    await config.makeApiClient(CoordinationV1Api).patchNamespacedLease(
      {
        namespace: "kube-node-lease",
        name: "one",
        body: { spec: { holderIdentity: "nobody", leaseDurationSeconds: 3600 } },
      },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    await waitFor(async () => (await runningOn("two")) === 3, {
      what: "the pods to leave the lost node",
      timeoutMs: 90_000,
      intervalMs: 500,
    });
    const lost = await core.readNode({ name: "one" });
    assert.equal(lost.status?.conditions?.find(({ type }) => type === "Ready")?.status, "Unknown");
  });
});

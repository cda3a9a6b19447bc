import assert from "node:assert/strict";
import { addObject, buildApiDeployment, buildApiNode, buildApiPod } from "../testing/apiObjects.ts";
import { type Result, useProgram } from "../testing/program.ts";

const spotPlacement = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };

describe("the watcher", () => {
  const program = useProgram();
  let running: {
    child: { kill: (signal: "SIGTERM") => boolean };
    ended: Promise<Result>;
    stderr: () => string;
  };

  /** Asks until it is so; mocha's timeout is the bound. */
  async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const page = async (path: string) => {
    const address = await until(() => /http:\/\/[\d.]+:\d+/.exec(running.stderr())?.[0]);
    const response = await fetch(address + path);
    return { status: response.status, text: await response.text() };
  };
  const watches = () => program.server.requests.filter(({ query }) => query.has("watch"));
  const written = () =>
    program.server.writes().map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
  const replaceNode = (change: (node: ReturnType<typeof buildApiNode>) => void) => {
    const node = buildApiNode("spot-1", "spot");
    change(node);
    addObject(program.server, "nodes", node);
  };
  const announce = () =>
    replaceNode(({ spec, status }) => {
      spec!.unschedulable = true;
      status!.conditions!.push({ type: "VMEventScheduled", status: "True", reason: "Preempt Scheduled" });
    });

  beforeEach(async () => {
    const placed = buildApiDeployment("nginx-demo");
    placed.metadata!.managedFields = [
      { manager: "spot-balancer", operation: "Apply", fieldsV1: spotPlacement },
    ];
    addObject(program.server, "apps/v1/deployments", placed);
    addObject(program.server, "pods", buildApiPod("nginx-demo", "spot-1"));
    const { child, ended } = program.start([
      "watch",
      ...program.ready(),
      "--listen",
      "127.0.0.1:0",
      "--pause",
      "0.5",
    ]);
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    running = { child, ended, stderr: () => stderr };
    await until(() => watches().length > 0);
  });
  afterEach(async () => {
    running.child.kill("SIGTERM");
    const { code } = await running.ended;
    assert.equal(code, 0, running.stderr());
  });

  it("starts a round at once when a spot node is to end, and none before", async () => {
    assert.deepEqual(written(), []);
    announce();
    await until(() => written().includes("PATCH nginx-demo"));
    await until(async () => /watch_reaction_seconds_count [1-9]/.test((await page("/metrics")).text));
    const { text } = await page("/metrics");
    const seconds = Number(/watch_reaction_seconds_sum (\S+)/.exec(text)?.[1]);
    assert.ok(seconds > 0.2 && seconds < 20, text);
  });

  it("does the CronJob's round: its Lease, its state, and the Lease given back; and the next one after a pause", async () => {
    const taken: number[] = [];
    program.server.onRequest = ({ method, body }) => {
      const holder = (body as { spec?: { holderIdentity?: string } } | undefined)?.spec?.holderIdentity;
      if (method === "PUT" && holder) taken.push(performance.now());
    };
    announce();
    // Its pods are still there, so it goes on.
    await until(() => taken.length >= 2);
    // Half a second between their starts, of which the server hears later, and of each as much later as it happens.
    assert.ok(taken[1]! - taken[0]! >= 100, `half a second, got ${taken[1]! - taken[0]!} ms`);
    const [first, second, third] = written();
    assert.deepEqual(
      [first, second, third],
      ["PUT spot-balancer", "PATCH spot-balancer-state", "PATCH nginx-demo"],
    );
  });

  it("waits for another balancer that holds the Lease, and then does its own round", async () => {
    const hold = (holderIdentity: string) =>
      addObject(program.server, "coordination.k8s.io/v1/leases", {
        metadata: { name: "spot-balancer", namespace: "monitoring" },
        spec: { holderIdentity, leaseDurationSeconds: 60, renewTime: new Date().toISOString() },
      });
    hold("the-cron-job");
    announce();
    await until(async () => (await page("/metrics")).text.includes('ended="Held"} 1'));
    assert.deepEqual(written(), []);
    hold("");
    await until(() => written().includes("PATCH nginx-demo"));
  });

  it("is ready while it watches, and not while it cannot", async () => {
    await until(async () => (await page("/readyz")).status === 200);
    assert.match((await page("/metrics")).text, /watch_current 1\n[^]*watch_nodes 1\n/);
    program.server.fail({ path: /nodes\?/, fault: { status: 500 }, times: 99 });
    program.server.endWatches();
    await until(async () => (await page("/readyz")).status === 503);
    assert.match((await page("/metrics")).text, /watch_current 0\n/);
    assert.equal((await page("/healthz")).status, 200);
    program.server.remove("/api/v1/nodes/spot-1");
    program.server.mend();
    await until(async () => (await page("/readyz")).status === 200);
    await until(() => written().includes("PATCH spot-balancer-state"));
  });

  it("asks for spot nodes alone", () => {
    const [first] = watches();
    assert.equal(first?.query.get("labelSelector"), "kubernetes.azure.com/scalesetpriority=spot");
  });
});

const withoutSpotNodes = "namespaces: { demo: {} }\npools: { spot: { nodeLabels: {} } }\n";

describe("the watcher of a cluster without spot nodes", () => {
  const program = useProgram();

  /** Once it listens. */
  async function start(...flags: string[]) {
    const policy = program.file("none.yaml", withoutSpotNodes);
    const { child, ended } = program.start([
      ...["watch", "--kubeconfig", program.kubeconfig(), "--prometheus", program.prometheus.url],
      ...["--policy", policy, "--listen", "127.0.0.1:0", ...flags],
    ]);
    let stderr = "";
    const address = await new Promise<string>((resolve) =>
      child.stderr.on("data", (chunk) => {
        stderr += String(chunk);
        const [found] = /http:\/\/[\d.]+:\d+/.exec(stderr) ?? [];
        if (found) resolve(found);
      }),
    );
    return { child, ended, address, stderr: () => stderr };
  }

  it("has nothing to watch, and is ready", async () => {
    const { child, ended, address, stderr } = await start();
    const { status } = await fetch(`${address}/readyz`);
    child.kill("SIGTERM");
    assert.deepEqual([status, (await ended).code], [200, 0], stderr());
  });

  it("told to release on delete, takes everything back when its Deployment is gone", async () => {
    const placed = buildApiDeployment("placed");
    const entry = { manager: "spot-balancer", operation: "Apply", fieldsV1: spotPlacement };
    placed.metadata!.managedFields = [entry];
    addObject(program.server, "apps/v1/deployments", placed);
    program.server.onRequest = ({ method, path }) => {
      if (method === "PATCH" && path.endsWith("/placed")) placed.metadata!.managedFields = [];
    };
    const { child, ended, stderr } = await start(...["--release-on-delete", "spot-balancer-watch"]);
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    assert.equal(code, 0, stderr());
    assert.match(stdout, /1 of 1 workloads released, .* 0 workloads left/);
  });
});

// Ways to be placed that lean on the real scheduler and controllers: split workloads, ReplicaSets, placeholders' room.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AppsV1Api, CoreV1Api, type KubernetesObject, type V1Deployment } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { buildApiDeployment } from "./testing/apiObjects.ts";
import { type Identity, TestCluster, type UsageSource, startUsage, until } from "./testing/cluster.ts";

const policyText = `
namespaces: { demo: { regularFloor: 0 }, banking: { regularFloor: 1 } }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
pressure: { spot: { highUtilization: 1, lowUtilization: 0.99 } }
`;

interface Report {
  moves: { workload: { name: string }; reason: string; split?: object; makesRoom?: { name: string }[] }[];
  refusals: { workload: { name: string }; reason: string; message: string }[];
  outcomes: { result: string; reason: string; message: string }[];
}

/** The first object of a file in k8s/. */
const manifest = (path: string) =>
  parseAllDocuments(
    readFileSync(new URL(`../k8s/${path}`, import.meta.url), "utf8"),
  )[0]!.toJS() as KubernetesObject;

describe("placements on a real control plane", () => {
  const cluster = new TestCluster();
  let usage: UsageSource;
  let balancer: Identity;
  let core: CoreV1Api;

  async function round(): Promise<Report> {
    const policy = cluster.file("policy.yaml", policyText);
    const result = await cluster.round(balancer, "--prometheus", usage.url, "--policy", policy);
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout) as Report;
    assert.deepEqual(
      report.outcomes.filter((outcome) => outcome.result !== "Done"),
      [],
    );
    return report;
  }
  /** What was planned for one workload. */
  const planned = async (name: string) => {
    const { moves, refusals } = await round();
    const about = [...moves, ...refusals].find(({ workload }) => workload.name === name);
    return about ?? assert.fail(`nothing was decided for ${name}`);
  };
  async function nodesOf(namespace: string, app: string): Promise<string[]> {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: `app=${app}` });
    return items
      .filter(({ metadata }) => !metadata?.deletionTimestamp)
      .map(({ spec, status }) => (status?.phase === "Running" ? (spec?.nodeName ?? "none") : "none"))
      .sort();
  }
  const placed = (namespace: string, app: string, nodes: string[]) =>
    until(
      `${app} to be on ${nodes.join()}`,
      async () => (await nodesOf(namespace, app)).join() === nodes.join(),
    );
  function deployment(namespace: string, name: string, replicas: number, cpu: string) {
    const built = buildApiDeployment(name);
    built.metadata = { name, namespace, labels: { app: name } };
    built.spec!.replicas = replicas;
    const container = built.spec!.template.spec!.containers[0]!;
    container.image = "none";
    container.resources = { requests: { cpu, memory: "16Mi" } };
    delete built.status;
    return { apiVersion: "apps/v1", kind: "Deployment", ...built };
  }
  /** Nothing is called idle before its pods have run for `usage.rateMinutes`. */
  async function oldEnough() {
    const since = Date.now();
    await until("the pods to be old enough", () => Promise.resolve(Date.now() - since > 31_000), 60_000);
  }

  before(async () => {
    await cluster.start();
    await cluster.installBalancer();
    await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "banking" } });
    for (const file of ["role", "rolebinding"]) {
      const rights = manifest(`balancer/${file}.yaml`);
      await cluster.create({ ...rights, metadata: { ...rights.metadata, namespace: "banking" } });
    }
    balancer = await cluster.identity("monitoring", "spot-balancer");
    usage = await startUsage(cluster.admin, policyText);
    core = cluster.admin.makeApiClient(CoreV1Api);
  });
  after(async () => {
    await usage?.stop();
    await cluster.stop();
  });

  it("splits a workload as its floor demands, also when it is scaled, and lets it run without spot", async () => {
    await cluster.create(deployment("banking", "ledger-copy", 3, "20m"));
    await placed("banking", "ledger-copy", ["regular-1", "regular-1", "regular-1"]);
    await oldEnough();
    const move = await planned("ledger-copy");
    assert.equal(move.reason, "Idle");
    await placed("banking", "ledger-copy", ["regular-1", "spot-1", "spot-1"]);

    const apps = cluster.admin.makeApiClient(AppsV1Api);
    const scaleTo = (replicas: number) =>
      apps.replaceNamespacedDeploymentScale({
        ...{ namespace: "banking", name: "ledger-copy" },
        body: { metadata: { namespace: "banking", name: "ledger-copy" }, spec: { replicas } },
      });
    await scaleTo(5);
    await placed("banking", "ledger-copy", ["regular-1", "regular-1", "spot-1", "spot-1", "spot-1"]);
    await cluster.admin.makeApiClient(CoreV1Api).deleteNode({ name: "spot-1" });
    await placed("banking", "ledger-copy", Array<string>(5).fill("regular-1"));
    await apps.deleteNamespacedDeployment({ namespace: "banking", name: "ledger-copy" });
    await cluster.addNode("spot-1", "spot");
  });

  it("moves an ownerless ReplicaSet pod by pod", async () => {
    const { spec } = deployment("demo", "old-api", 2, "20m") as unknown as V1Deployment;
    await cluster.create({
      ...{ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "old-api", namespace: "demo" } },
      spec: { replicas: 2, selector: spec!.selector, template: spec!.template },
    });
    await placed("demo", "old-api", ["regular-1", "regular-1"]);
    await oldEnough();
    assert.equal((await planned("old-api")).reason, "Idle");
    await placed("demo", "old-api", ["regular-1", "spot-1"]);
    const following = await until("the next one to follow", async () => {
      const { reason } = await planned("old-api");
      return reason !== "NoSamples" && reason !== "RolloutInProgress" && reason;
    });
    assert.equal(following, "Following");
    await placed("demo", "old-api", ["spot-1", "spot-1"]);
    await cluster.admin
      .makeApiClient(AppsV1Api)
      .deleteNamespacedReplicaSet({ namespace: "demo", name: "old-api" });
    await placed("demo", "old-api", []);
  });

  it("opens a placeholder's gate, evicts it for what moves, and has its replacement wait for new room", async () => {
    const { status } = await core.readNode({ name: "spot-1" });
    const most =
      Number(status!.allocatable!["cpu"]!.replace(/m$/, "")) *
      (/m$/.test(status!.allocatable!["cpu"]!) ? 1 : 1000);
    const size = `${Math.floor(most * 0.6)}m`;
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "placeholder" } });
    for (const file of ["priorityclass", "serviceaccount", "role", "rolebinding"])
      await cluster.create(manifest(`placeholder/${file}.yaml`));
    const room = manifest("placeholder/deployment.yaml") as V1Deployment;
    room.spec!.template.spec!.containers[0]!.resources = { requests: { cpu: size, memory: "16Mi" } };
    await cluster.create(room);
    await cluster.create(deployment("demo", "web", 1, size));
    await until(
      "a gated placeholder",
      async () => (await nodesOf("placeholder", "placeholder")).join() === "none",
    );
    await placed("demo", "web", ["regular-1"]);
    await round();
    await placed("placeholder", "placeholder", ["spot-1"]);

    await oldEnough();
    const move = await planned("web");
    assert.equal(move.reason, "Idle");
    await placed("demo", "web", ["spot-1"]);
    assert.deepEqual(await nodesOf("placeholder", "placeholder"), ["none"], "its replacement is gated");
    await until("the gate to be opened", async () => {
      await round();
      const { items } = await core.listNamespacedPod({ namespace: "placeholder" });
      return items[0]?.status?.conditions?.some(({ reason }) => reason === "Unschedulable");
    });
    await cluster.addNode("spot-2", "spot");
    await placed("placeholder", "placeholder", ["spot-2"]);
  });
});

// The program on a real control plane, with the ServiceAccount and the rights that are shipped.
import assert from "node:assert/strict";
import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  EventsV1Api,
  PolicyV1Api,
  type V1Deployment,
} from "@kubernetes/client-node";
import { act } from "./act.ts";
import { connect } from "./kube/client.ts";
import { readOwnership } from "./kube/ownership.ts";
import type { Json } from "./kube/json.ts";
import { type Move, emptyState } from "./model.ts";
import { parsePolicy } from "./policy.ts";
import { buildApiDeployment } from "./testing/apiObjects.ts";
import { type Identity, TestCluster, type UsageSource, startUsage, until } from "./testing/cluster.ts";

const policyText = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
`;

interface Report {
  moves: { workload: { name: string }; reason: string; destination: string }[];
  refusals: { workload: { name: string }; reason: string; message: string }[];
  outcomes: { result: string; reason: string; message: string }[];
  stats: { skipped?: string; apiWrites?: number };
}

describe("the balancer on a real control plane", () => {
  const cluster = new TestCluster();
  let usage: UsageSource;
  let balancer: Identity;
  let apps: AppsV1Api;
  let core: CoreV1Api;

  async function round(...args: string[]): Promise<Report> {
    const policy = cluster.file("policy.yaml", policyText);
    const result = await cluster.round(balancer, "--prometheus", usage.url, "--policy", policy, ...args);
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout) as Report;
  }
  const read = (name: string) => apps.readNamespacedDeployment({ namespace: "demo", name });
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
  async function nodesOf(name: string): Promise<string[]> {
    const { items } = await core.listNamespacedPod({ namespace: "demo", labelSelector: `app=${name}` });
    return items
      .filter(({ metadata }) => !metadata?.deletionTimestamp)
      .map(({ spec }) => spec?.nodeName ?? "");
  }
  async function addWorkload(
    name: string,
    change: (deployment: Json<V1Deployment>) => void = () => undefined,
  ) {
    const deployment = buildApiDeployment(name);
    deployment.metadata = { name, namespace: "demo", labels: { app: name } };
    deployment.spec!.template.spec!.containers[0]!.image = "none";
    delete deployment.status;
    change(deployment);
    await cluster.create({ apiVersion: "apps/v1", kind: "Deployment", ...deployment });
    await settled(name);
  }
  /** Nothing is called idle before its pods have run for `usage.rateMinutes`. */
  async function oldEnough() {
    const since = Date.now();
    await until(
      "the pods to be old enough to be judged",
      () => Promise.resolve(Date.now() - since > 31_000),
      60_000,
    );
  }

  before(async () => {
    await cluster.start();
    await cluster.installBalancer();
    await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    balancer = await cluster.identity("monitoring", "spot-balancer");
    usage = await startUsage(cluster.admin, policyText);
    apps = cluster.admin.makeApiClient(AppsV1Api);
    core = cluster.admin.makeApiClient(CoreV1Api);
    await addWorkload("nginx-demo");
    await addWorkload("busy-demo");
    usage.cores["busy-demo"] = 0.09;
    await oldEnough();
  });
  after(async () => {
    await usage?.stop();
    await cluster.stop();
  });

  it("moves the idle Deployment to spot with its own rights, and tells it on the workload", async () => {
    const { moves, outcomes, refusals } = await round();
    assert.deepEqual(moves.map(({ workload, reason }) => [workload.name, reason]), [["nginx-demo", "Idle"]]); // prettier-ignore
    assert.deepEqual(outcomes.map(({ result }) => result), ["Done"], outcomes[0]?.message); // prettier-ignore
    assert.deepEqual(refusals.map(({ workload, reason }) => [workload.name, reason]), [["busy-demo", "Busy"]]); // prettier-ignore
    await settled("nginx-demo");
    await until("the pod to be on spot", async () => (await nodesOf("nginx-demo")).join() === "spot-1");

    const { metadata } = await read("nginx-demo");
    assert.equal(readOwnership(metadata?.managedFields as never).placement, "spot");
    assert.ok(metadata?.annotations?.["spot-balancer/last-moved-at"]);
    const events = await cluster.admin.makeApiClient(EventsV1Api).listNamespacedEvent({ namespace: "demo" });
    const ours = events.items.filter(({ reportingController }) => reportingController === "spot-balancer");
    assert.deepEqual(
      ours.map(({ action, reason, regarding }) => [action, reason, regarding?.name]).sort(),
      [["MoveToSpot", "Idle", "nginx-demo"], ["Refuse", "Busy", "busy-demo"]], // prettier-ignore
    );
  });

  it("takes the move back when it is busy: the fields vanish, and the pod is on regular again", async () => {
    usage.cores["nginx-demo"] = 0.09;
    const { moves, outcomes } = await round();
    assert.deepEqual(moves.map(({ reason, destination }) => [reason, destination]), [["Busy", "regular"]]); // prettier-ignore
    assert.deepEqual(outcomes.map(({ result }) => result), ["Done"]); // prettier-ignore
    await settled("nginx-demo");
    const { spec, metadata } = await read("nginx-demo");
    assert.equal(spec?.template.spec?.tolerations, undefined);
    assert.equal(spec?.template.spec?.affinity, undefined);
    assert.equal(readOwnership(metadata?.managedFields as never).placement, "regular");
    await until("the pod to be on regular", async () => (await nodesOf("nginx-demo")).join() === "regular-1");
  });

  it("refuses a workload whose tolerations belong to somebody else, and does not force it", async () => {
    await addWorkload("owned", ({ spec }) => {
      spec!.template.spec!.tolerations = [{ key: "theirs", operator: "Exists" }];
    });
    const { moves, refusals } = await round();
    assert.ok(!moves.some(({ workload }) => workload.name === "owned"));
    assert.equal(refusals.find(({ workload }) => workload.name === "owned")?.reason, "ForeignOwner");
    await apps.deleteNamespacedDeployment({ namespace: "demo", name: "owned" });
  });

  it("gives up on a workload that is not what the plan was made for", async () => {
    const { metadata } = await read("nginx-demo");
    const generation = metadata!.generation!;
    const client = connect(balancer.config, { signal: new AbortController().signal });
    const move: Move = {
      ...{ kind: "ToSpot", uid: metadata!.uid!, resourceVersion: "1", source: "regular", destination: "spot" },
      workload: { kind: "Deployment", namespace: "demo", name: "nginx-demo" },
      ...{ placement: "spot", evictions: [], nodes: [], reason: "Idle", message: "", score: 1, voluntary: true },
      ...{ evidence: {}, memory: { lastMovedAt: 1, lastMove: "ToSpot", lastReason: "Idle", recentMoves: [1], failedReturns: 0 } },
    }; // prettier-ignore
    const attempt = async (changes: Partial<Move>, observed: number) => {
      const [outcome] = await act(
        { moves: [{ ...move, ...changes }], refusals: [], state: emptyState },
        {
          client,
          policy: parsePolicy(policyText),
          generations: new Map([["Deployment/demo/nginx-demo", observed]]),
          isLeaseHeld: () => Promise.resolve(true),
          stop: new AbortController().signal,
        },
      );
      return `${outcome!.result} ${outcome!.reason}`;
    };
    assert.equal(await attempt({}, generation - 1), "Skipped Changed");
    assert.equal(
      await attempt({ uid: "00000000-0000-0000-0000-000000000000" }, generation),
      "Skipped Changed",
    );
    const other = { ...move.workload, namespace: "other" };
    assert.equal(await attempt({ workload: other }, generation), "Failed Forbidden");
    await client.close();
  });

  it("evicts through the Eviction API only what a disruption budget allows", async () => {
    const { items } = await core.listNamespacedPod({ namespace: "demo", labelSelector: "app=busy-demo" });
    const { metadata, spec } = items[0]!;
    const budgets = cluster.admin.makeApiClient(PolicyV1Api);
    await cluster.create({
      ...{
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { namespace: "demo", name: "all" },
      },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: "busy-demo" } } },
    });
    await until("the budget to be seen", async () => {
      const budget = await budgets.readNamespacedPodDisruptionBudget({ namespace: "demo", name: "all" });
      return budget.status?.observedGeneration !== undefined;
    });
    const client = connect(balancer.config, { signal: new AbortController().signal });
    const pod = {
      ...{ namespace: "demo", name: metadata!.name!, uid: metadata!.uid!, resourceVersion: "1" },
      nodeName: spec!.nodeName!,
    };
    const move: Move = {
      ...{ kind: "Rebalance", uid: "", resourceVersion: "", source: "regular-1", destination: "regular-2" },
      workload: { kind: "Deployment", namespace: "demo", name: "busy-demo" },
      ...{
        evictions: [pod],
        nodes: [],
        reason: "HotNode",
        message: "",
        score: 1,
        voluntary: true,
        evidence: {},
      },
    };
    const attempt = async () => {
      const [outcome] = await act(
        { moves: [move], refusals: [], state: emptyState },
        {
          client,
          policy: parsePolicy(policyText),
          generations: new Map(),
          isLeaseHeld: () => Promise.resolve(true),
          stop: new AbortController().signal,
        },
      );
      return `${outcome!.result} ${outcome!.reason}`;
    };
    assert.equal(await attempt(), "Skipped DisruptionBudget");
    await budgets.deleteNamespacedPodDisruptionBudget({ namespace: "demo", name: "all" });
    assert.equal(await attempt(), "Done Evicted");
    await until("another pod", async () => !(await core.listNamespacedPod({ namespace: "demo" })).items.some(
      (one) => one.metadata?.uid === pod.uid,
    )); // prettier-ignore
    assert.equal(await attempt(), "Skipped Changed");
    await client.close();
    await settled("busy-demo");
  });

  it("acts once when two run at the same time", async () => {
    await oldEnough();
    usage.cores["nginx-demo"] = 0;
    usage.delayMs = 2000; // both are under way before either can be done
    const reports = await Promise.all([round(), round()]);
    usage.delayMs = 0;
    assert.deepEqual(reports.map(({ stats }) => stats.skipped ?? "acted").sort(), ["LeaseHeld", "acted"]); // prettier-ignore
    assert.deepEqual(reports.flatMap(({ outcomes }) => outcomes.map(({ result }) => result)), ["Done"]); // prettier-ignore
    await settled("nginx-demo");
  });

  it("writes nothing in a dry run", async () => {
    await oldEnough();
    usage.cores["nginx-demo"] = 0.09;
    const versions = async () => {
      const { metadata } = await read("nginx-demo");
      const inMonitoring = { namespace: "monitoring", name: "spot-balancer" };
      const lease = await cluster.admin.makeApiClient(CoordinationV1Api).readNamespacedLease(inMonitoring);
      const state = await core.readNamespacedConfigMap({ ...inMonitoring, name: "spot-balancer-state" });
      const versions = [lease, state].map((object) => object.metadata?.resourceVersion);
      return [metadata?.generation, metadata?.annotations, ...versions];
    };
    const before = await versions();
    const { moves, outcomes, stats } = await round("--dry-run");
    assert.deepEqual([moves.length, outcomes[0]?.result, stats.apiWrites], [1, "Planned", 0]);
    assert.deepEqual(await versions(), before);
  });
});

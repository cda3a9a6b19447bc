// The program on a real control plane, with the ServiceAccount and the rights that are shipped. All parts share one.
import assert from "node:assert/strict";
import { CoordinationV1Api, CoreV1Api, EventsV1Api, PolicyV1Api } from "@kubernetes/client-node";
import { act } from "./act.ts";
import { connect } from "./kube/client.ts";
import { type Move, emptyState } from "./model.ts";
import { parsePolicy } from "./policy.ts";
import { until } from "./testing/controlPlane.ts";
import { addPlacementWorkloads, placementTests } from "./testing/controlPlane/placementTests.ts";
import { releaseTests } from "./testing/controlPlane/releaseTests.ts";
import { type Stage, hasty, startStage } from "./testing/controlPlane/stage.ts";

const policy = `${hasty}
namespaces: { demo: {} }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
`;

describe("the balancer on a real control plane", () => {
  let stage: Stage;
  let core: CoreV1Api;

  before(async () => {
    stage = await startStage({ policy, namespaces: ["banking", "floored"] });
    core = stage.cluster.admin.makeApiClient(CoreV1Api);
    const { workloads, usage } = stage;
    usage.cores["busy-demo"] = 0.018;
    const [cpu, tolerations] = ["20m", [{ key: "theirs", operator: "Exists" }]];
    await workloads.add(["owned"], { cpu, podSpec: { tolerations } });
    await workloads.add(["nginx-demo", "busy-demo", "dry"], { cpu });
    await addPlacementWorkloads(stage);
    await workloads.oldEnough();
  });
  after(() => stage?.stop());

  it("moves the idle Deployment to spot with its own rights, and tells it on the workload", async () => {
    const { workloads, cluster } = stage;
    await workloads.take("nginx-demo", "busy-demo");
    const { code, moves, outcomes, refusals, stderr } = await stage.round();
    assert.deepEqual([code, moves], [0, ["nginx-demo ToSpot Idle"]], stderr);
    assert.deepEqual(outcomes, ["nginx-demo Done Applied"], stderr);
    assert.equal(refusals["busy-demo"], "NotIdle");
    await workloads.settled("nginx-demo");
    await workloads.untilOn("nginx-demo", "spot-1");

    const { metadata } = await workloads.read("nginx-demo");
    assert.deepEqual(await workloads.placements("nginx-demo", "busy-demo"), ["spot", "regular"]);
    assert.ok(metadata?.annotations?.["spot-balancer/last-moved-at"]);
    const events = await cluster.admin.makeApiClient(EventsV1Api).listNamespacedEvent({ namespace: "demo" });
    const ours = events.items.filter(
      ({ reportingController, reason }) =>
        reportingController === "spot-balancer" && reason !== "ExcludedByLabel",
    );
    assert.deepEqual(
      ours.map(({ action, reason, regarding }) => [action, reason, regarding?.name]).sort(),
      [["MoveToSpot", "Idle", "nginx-demo"], ["Refuse", "NotIdle", "busy-demo"]], // prettier-ignore
    );
  });

  it("takes the move back when it is busy: the fields vanish, and the pod is on regular again", async () => {
    const { workloads, usage } = stage;
    usage.cores["nginx-demo"] = 0.018;
    const { moves, outcomes, stderr } = await stage.round();
    assert.deepEqual(moves, ["nginx-demo ToRegular Busy"], stderr);
    assert.deepEqual(outcomes, ["nginx-demo Done Applied"], stderr);
    await workloads.settled("nginx-demo");
    const { spec } = await workloads.read("nginx-demo");
    assert.equal(spec?.template.spec?.tolerations, undefined);
    assert.equal(spec?.template.spec?.affinity, undefined);
    assert.deepEqual(await workloads.placements("nginx-demo"), ["regular"]);
    await workloads.untilOn("nginx-demo", "regular-1");
  });

  it("refuses a workload whose tolerations belong to somebody else, and does not force it", async () => {
    await stage.workloads.take("owned");
    const { moves, refusals } = await stage.round();
    assert.deepEqual(moves, []);
    assert.equal(refusals["owned"], "ForeignOwner");
  });

  it("evicts through the Eviction API only what a disruption budget allows", async () => {
    const { cluster, workloads, balancer } = stage;
    const { items } = await core.listNamespacedPod({ namespace: "demo", labelSelector: "app=busy-demo" });
    const { metadata, spec } = items[0]!;
    const budgets = cluster.admin.makeApiClient(PolicyV1Api);
    await cluster.create({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { namespace: "demo", name: "all" },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: "busy-demo" } } },
    });
    await until("the budget to be seen", async () => {
      const budget = await budgets.readNamespacedPodDisruptionBudget({ namespace: "demo", name: "all" });
      return budget.status?.observedGeneration !== undefined;
    });
    const pod = {
      ...{ namespace: "demo", name: metadata!.name!, uid: metadata!.uid! },
      nodeName: spec!.nodeName!,
    };
    const move: Move = {
      ...{ kind: "Rebalance", uid: "", generation: 1, source: "regular-1", destination: "regular-2" },
      workload: { kind: "Deployment", namespace: "demo", name: "busy-demo" },
      ...{ evictions: [pod], nodes: [], reason: "HotNode", message: "", score: 1, voluntary: true, evidence: {} },
    }; // prettier-ignore
    const client = connect(balancer.config, { signal: new AbortController().signal });
    const attempt = async () => {
      const plan = { moves: [move], refusals: [], state: emptyState };
      const [outcome] = await act(plan, {
        ...{ client, policy: parsePolicy(policy) },
        stop: new AbortController().signal,
      });
      return `${outcome!.result} ${outcome!.reason}`;
    };
    assert.equal(await attempt(), "Skipped DisruptionBudget");
    await budgets.deleteNamespacedPodDisruptionBudget({ namespace: "demo", name: "all" });
    assert.equal(await attempt(), "Done Evicted");
    await until("another pod", async () => {
      const { items } = await core.listNamespacedPod({ namespace: "demo" });
      return !items.some(({ metadata }) => metadata?.uid === pod.uid);
    });
    assert.equal(await attempt(), "Skipped Changed");
    await client.close();
    await workloads.settled("busy-demo");
  });

  it("writes nothing in a dry run", async () => {
    const { cluster, workloads } = stage;
    await workloads.take("dry");
    const versions = async () => {
      const { metadata } = await workloads.read("dry");
      const inMonitoring = { namespace: "monitoring", name: "spot-balancer" };
      const lease = await cluster.admin.makeApiClient(CoordinationV1Api).readNamespacedLease(inMonitoring);
      const state = await core.readNamespacedConfigMap({ ...inMonitoring, name: "spot-balancer-state" });
      const versions = [lease, state].map((object) => object.metadata?.resourceVersion);
      return [metadata?.generation, metadata?.annotations, ...versions];
    };
    const before = await versions();
    const { outcomes, stats } = await stage.round({ flags: ["--dry-run"] });
    assert.deepEqual([outcomes, stats.apiWrites], [["dry Planned DryRun"], 0]);
    assert.deepEqual(await versions(), before);
  });

  describe("released", () => releaseTests(() => stage));

  describe("with further ways to be placed", () => placementTests(() => stage));
});

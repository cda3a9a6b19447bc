// Tests for balancer.cluster.test.ts: ways to be placed that lean on the real scheduler and controllers: split workloads,
// ReplicaSets, placeholders' room.
import assert from "node:assert/strict";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { parseCpu } from "../../kube/quantity.ts";
import { until } from "../controlPlane.ts";
import { type Round, type Stage, hastyToSpot } from "./stage.ts";

const policy = `${hastyToSpot}namespaces: { demo: { regularFloor: 0 }, banking: { regularFloor: 1 } }`;

/** What they need, to be added before, so that one wait for their age is enough. */
export async function addPlacementWorkloads({ cluster, workloads }: Stage): Promise<void> {
  const { status } = await cluster.admin.makeApiClient(CoreV1Api).readNode({ name: "spot-1" });
  await Promise.all([
    workloads.add(["ledger-copy"], { namespace: "banking", replicas: 3, cpu: "20m" }),
    workloads.add(["old-api"], { kind: "ReplicaSet", replicas: 2, cpu: "20m" }),
    // Two of them do not fit a spot node.
    workloads.add(["large"], { cpu: `${Math.floor(parseCpu(status!.allocatable!["cpu"]!) * 0.6)}m` }),
  ]);
}

/** To be called in `describe`, with namespace `banking` and the nodes `regular-1` and `spot-1`. */
export function placementTests(current: () => Stage): void {
  let stage: Stage;
  let core: CoreV1Api;

  /** A round in which everything planned is done. Where a controller wrote meanwhile the next one tries again. */
  const goodRound = (): Promise<Round> =>
    until("a round that nobody came between", async () => {
      const round = await stage.round();
      assert.equal(round.code, 0, round.stderr);
      if (round.outcomes.some((outcome) => outcome.endsWith(" Skipped Changed"))) return undefined;
      for (const outcome of round.outcomes) assert.match(outcome, / Done /);
      return round;
    });

  before(async () => {
    stage = await current().anew(policy);
    core = stage.cluster.admin.makeApiClient(CoreV1Api);
  });
  after(() => stage?.usage.stop());

  afterEach(async () => {
    await stage.workloads.dropTaken();
    const { items } = await core.listNode();
    if (!items.some(({ metadata }) => metadata?.name === "spot-1"))
      await stage.cluster.addNode("spot-1", "spot");
  });

  it("splits a workload as its floor demands, also when it is scaled, and lets it run without spot", async () => {
    const { workloads, cluster } = stage;
    await workloads.take("ledger-copy");
    assert.deepEqual((await goodRound()).moves, ["ledger-copy ToSpot Idle"]);
    await workloads.untilOn("ledger-copy", "regular-1", "spot-1", "spot-1");

    await cluster.admin.makeApiClient(AppsV1Api).replaceNamespacedDeploymentScale({
      ...{ namespace: "banking", name: "ledger-copy" },
      body: { metadata: { namespace: "banking", name: "ledger-copy" }, spec: { replicas: 5 } },
    });
    await workloads.untilOn("ledger-copy", "regular-1", "regular-1", "spot-1", "spot-1", "spot-1");
    await cluster.removeNode("spot-1");
    await workloads.untilOn("ledger-copy", ...Array<string>(5).fill("regular-1"));
  });

  it("moves an ownerless ReplicaSet pod by pod", async () => {
    const { workloads } = stage;
    await workloads.take("old-api");
    assert.deepEqual((await goodRound()).moves, ["old-api ToSpot Idle"]);
    await workloads.untilOn("old-api", "regular-1", "spot-1");
    const following = await until("the next one to follow", async () => {
      const { moves, refusals } = await goodRound();
      const isWaiting = ["NoSamples", "RolloutInProgress"].includes(refusals["old-api"] ?? "");
      return !isWaiting && moves;
    });
    assert.deepEqual(following, ["old-api Rebalance Following"]);
    await workloads.untilOn("old-api", "spot-1", "spot-1");
  });

  it("asks for spot with placeholders, evicts them for what moves, and lets go of the rest", async () => {
    const { workloads, cluster } = stage;
    await cluster.installPlaceholders();
    const placeholders = async () => (await core.listNamespacedPod({ namespace: "placeholder" })).items;
    await cluster.removeNode("spot-1");
    await cluster.addNode("regular-2", "regular"); // it is one that regular can do without
    await workloads.take("large");
    await until("spot to be asked", async () => {
      await goodRound();
      return (await placeholders()).some(({ status }) =>
        status?.conditions?.some(({ reason }) => reason === "Unschedulable"),
      );
    });
    await cluster.addNode("spot-2", "spot");
    await until("the move", async () => (await goodRound()).moves.includes("large ToSpot Idle"));
    await workloads.untilOn("large", "spot-2");
    await until("nothing to be asked for any more", async () => {
      await goodRound();
      return (await placeholders()).length === 0;
    });
  });
}

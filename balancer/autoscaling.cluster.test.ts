// With an autoscaler, on the local environment's own pools: emptied nodes go. How spot grows from nothing:
// scripts/local/emptyPool.nightly.test.ts.
import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { until } from "./testing/controlPlane.ts";
import { type Stage, startStage } from "./testing/controlPlane/stage.ts";

const policy = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5, enterCpuUtilization: 0.1, exitCpuUtilization: 0.3 }
usage: { rateMinutes: 0.5 }
pools:
  splitLabel: spot-balancer/priority
  regular: { nodeLabels: { spot-balancer/priority: regular } }
  spot: { stableMinutes: 0 }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
emptying: { maxRequestedUtilization: 0.9 }
`;

/** More than half of a node of any pool: no two fit one. */
const cpu = "2300m";

describe("the balancer beside an autoscaler", () => {
  let stage: Stage;
  let core: CoreV1Api;

  const nodesOf = async (pool: string): Promise<string[]> => {
    const { items } = await core.listNode({ labelSelector: `kubernetes.azure.com/agentpool=${pool}` });
    return items.map(({ metadata }) => metadata!.name!).sort();
  };
  const untilNodes = (pool: string, count: number) =>
    until(`pool ${pool} to have ${count} nodes`, async () => {
      const nodes = await nodesOf(pool);
      return nodes.length === count && nodes;
    });

  before(async () => {
    stage = await startStage({ policy, stacks: ["base-local"] });
    core = stage.cluster.admin.makeApiClient(CoreV1Api);
    // `light` is neither idle nor busy: it moves only for a node less.
    Object.assign(stage.usage.cores, { light: 0.46, busy: 1.5, third: 1.5 });
    await stage.workloads.add(["light", "busy"], { cpu });
    await stage.workloads.oldEnough();
    await stage.workloads.take("light", "busy");
  });
  after(() => stage?.stop());

  it("empties no node while the pool is at its minimum", async () => {
    const nodes = await untilNodes("regular", 2);
    const on = await Promise.all(["light", "busy"].map((name) => stage.workloads.nodesOf(name)));
    assert.deepEqual(on.flat().sort(), nodes, "a node each");
    const { moves, refusals, stderr } = await stage.round();
    assert.deepEqual([moves, refusals], [[], { light: "NotIdle", busy: "NotIdle" }], stderr);
  });

  it("empties the third node of the pool, and the autoscaler takes it away", async () => {
    const { workloads } = stage;
    await workloads.add(["third"], { cpu });
    const [emptied] = await workloads.nodesOf("light");
    await untilNodes("regular", 3);
    await workloads.take("third");
    const { moves, outcomes, stderr } = await until(
      "the autoscaler to say how large the pool is",
      async () => {
        const round = await stage.round();
        return round.moves.length > 0 && round;
      },
    );
    assert.deepEqual([moves, outcomes], [["light ToSpot EmptyingNode"], ["light Done Applied"]], stderr);
    const left = await untilNodes("regular", 2);
    assert.ok(!left.includes(emptied!), `${emptied} was emptied, and ${left.join()} are left`);
    assert.deepEqual((await stage.round()).moves, [], "the pool is at its minimum again");
  });
});

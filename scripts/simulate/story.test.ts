// One long story of the simulated cloud, whole, beside what was last looked at: its nodes, pods and bill, minute by minute.
// Who moves here follows a script, so that no decision of the balancer's is in it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { MoveKind, Plan, Snapshot } from "../../balancer/model.ts";
import { gibibyte, minute, noon } from "../../balancer/testing/builders.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";
import { type Moment, simulate } from "./loop.ts";
import { buildScenario } from "./testing/scenarioSpec.ts";

const scenario = buildScenario({
  ...{ spot: [3, 3, 1, 0, 4, 2], spotMin: 1, regularMax: 4, placeholders: 0, notice: 2 },
  workloads: [
    { replicas: 3, cpu: 600, load: [0.02, 0.3, 1.3, 0.735, 0.98, 0.1], upTo: 9, minAvailable: 2 },
    { replicas: 2, cpu: 900, load: [0.5], tier: "critical", unavailable: 1 },
    { replicas: 4, cpu: 300, load: [0.6, 0.1], tier: "low", minAvailable: 4 },
  ],
});

/** By minute: which workload goes where, why, and whether of its own wish. */
const script: [minutes: number, workload: number, kind: MoveKind, reason: string, voluntary: boolean][] = [
  [10, 0, "ToSpot", "Idle", true],
  [15, 2, "ToSpot", "Idle", true],
  [70, 0, "ToRegular", "Busy", true],
  [115, 0, "ToSpot", "Idle", true],
  [180, 0, "ToRegular", "SpotNodeLost", false],
  [185, 2, "ToRegular", "SpotNodeLost", false],
  [260, 2, "ToSpot", "Idle", true],
  [300, 2, "Rebalance", "Hot", true],
];

function follow({ workloads, pods, state }: Snapshot, _policy: unknown, now: number): Plan {
  const minutes = (now - noon) / minute;
  const moves = script
    .filter(([at]) => at === minutes)
    .map(([, index, kind, reason, voluntary]) => {
      const workload = workloads.find(({ name }) => name === `w${index}`)!;
      const placement = { ToSpot: "spot", ToRegular: "regular", Rebalance: undefined }[kind];
      const evictions =
        kind === "Rebalance" ? pods.filter(({ labels }) => labels["app"] === `w${index}`) : [];
      return { workload, kind, reason, voluntary, placement, evictions, memory: workload.memory };
    });
  const room = { requests: { cpu: 500, memory: gibibyte }, count: 3 };
  const ask = minutes === 270 ? { create: [room], remove: [] } : undefined;
  return { moves, refusals: [], state, ...(ask && { ask }) } as unknown as Plan;
}

/** Nodes with their state, pods by the node they are on (`?`: not ready; `-`: on none), nodes that cost. */
function describeCluster(cluster: SimCluster, moment: Moment): string {
  const states = [...cluster.nodes.values()].map(({ name, ready, cordoned, taints }) =>
    [name, !ready && "starting", cordoned && "ending", ...taints.map(({ key }) => key.slice(0, 4))]
      .filter(Boolean)
      .join(" "),
  );
  const placed = [...cluster.workloads].map(([key, { workload }]) => {
    const on = cluster
      .podsOf(key)
      .map(({ pod }) => `${pod.nodeName ?? "-"}${pod.ready ? "" : "?"}`)
      .sort();
    return `${workload.name} ${workload.replicas}: ${on.join(" ")}`;
  });
  return `${states.join(", ")} | ${placed.join("; ")} | ${moment.nodes.regular}+${moment.nodes.spot} of ${moment.available}`;
}

const file = join(import.meta.dirname, "testdata/story.yaml");

describe("the simulated cloud", () => {
  it("goes through the story as it did when it was last looked at (UPDATE_ASKED=1 writes it anew)", () => {
    const told: Record<string, string> = {};
    let last = "";
    const run = simulate(scenario, follow, {
      onTick(cluster, moment) {
        const now = describeCluster(cluster, moment);
        if (now === last) return;
        last = now;
        const bill = `${moment.cost.toFixed(4)} of ${moment.lowerBound.toFixed(4)}`;
        told[`${(cluster.now - noon) / minute} min`] = `${now}, ${bill}`;
      },
    });
    const text = stringify({ told, run }, { lineWidth: 0 });
    if (process.env["UPDATE_ASKED"] === "1") writeFileSync(file, text);
    assert.deepEqual(parse(text), parse(readFileSync(file, "utf8")));
  });
});

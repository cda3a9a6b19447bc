// The demo's steps, on a cluster in memory that answers as a real one would, or does not.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { PhaseSummary } from "../../load/summary.ts";
import type { Decision } from "../scenario/clusterView.ts";
import type { DemoCluster } from "./cluster.ts";
import { type DemoStage, playDemo } from "./demo.ts";

const summary: PhaseSummary = {
  ...{ phase: "demo", users: 200, seconds: 10, requests: 1300, ratePerSecond: 130 },
  ...{ failed: 2, failedRatio: 0.002, failures: {}, cutOff: 0, sendDelayMs: null, records: 0 },
  ...{ recordsLeft: 0, missed: [] },
  latencyMs: { p50: 4, p90: 6, p95: 7, p99: 9, p999: 12, max: 15, mean: 5 },
  variants: { a: 651, b: 647 },
};

const idle = { payments: "400m", accounts: "300m", "fraud-check": "250m", ledger: "200m" };

/** Scales when there is load, fills up when the bank is busy, and empties again; `broken` is what it does not do. */
function buildStage(
  broken: "scaling" | "moving" | "returning" | "nothing" = "nothing",
  /** So many loads keep the API busy. */
  loadsNeeded = 1,
) {
  const lines: string[] = [];
  const decisions: Decision[] = [];
  let usage: Record<string, string> = { ...idle };
  let loads = 0;
  const isBusy = () => usage["payments"] !== idle.payments;
  const decide = (workload: string, action: string, reason: string, isMove = action !== "Refuse") =>
    decisions.push({
      at: Date.now(),
      namespace: "banking",
      workload,
      action,
      isMove,
      reason,
      message: "why",
    });
  const cluster: DemoCluster = {
    autoscalers: (namespace) => {
      const grows = broken !== "scaling" && (namespace === "backend" ? loads >= loadsNeeded : isBusy());
      return Promise.resolve([
        { name: `${namespace}-one`, min: 2, current: 2, desired: grows ? 4 : 2 },
        { name: `${namespace}-two`, min: 1, current: 1, desired: 1 },
      ]);
    },
    decisions: () => Promise.resolve([...decisions]),
    requestRound: () => {
      decide("ledger", "Refuse", "Critical");
      if (isBusy() && broken !== "moving") decide("reports", "MoveToSpot", "RegularPressure");
      if (!isBusy()) decide("nginx", "MoveToRegular", "Busy");
      if (!isBusy()) decide("reports", "MoveToRegular", "Changed", false);
      if (!isBusy() && broken !== "returning") decide("reports", "MoveToRegular", "RegularRelaxed");
      return Promise.resolve();
    },
    readUsage: () => Promise.resolve({ ...idle }),
    setUsage: (_namespace, changes) => Promise.resolve(void (usage = { ...usage, ...changes })),
  };
  const startLoad: DemoStage["startLoad"] = async (signal) => {
    loads += 1;
    await once(signal, "abort");
    loads -= 1;
    return [summary];
  };
  const times = { scaling: 50, moving: 50, surge: 5, pause: 1, look: 1 };
  const stage: DemoStage = {
    ...{ cluster, startLoad, page: "http://page", say: (line) => void lines.push(line), times },
  };
  const left = () => ({ usage, loads });
  return { stage, lines, left };
}

const asFound = { usage: idle, loads: 0 };

describe("the demo", () => {
  it("tells each step with what the cluster shows, in order, and leaves the cluster as it was", async () => {
    const { stage, lines, left } = buildStage();
    await playDemo(stage);
    const text = lines.join("\n").replaceAll(/\d\d:\d\d:\d\d/g, "TIME");
    for (const part of [
      "watch it on http://page",
      "1. Load comes to the API: 330 requests a second\n     TIME  backend-one 2 → 4 replicas\n",
      "2. The bank's busiest hour begins\n     TIME  banking-one 2 → 4 replicas\n",
      "to spot\n     TIME  banking/reports  RegularPressure\n               why\n",
      "comes back\n     1300 requests, 130 a second, 2 failed; half of them within 4 ms; 651 answered by variant a, 647 answered by variant b\n",
      "     TIME  banking/reports  RegularRelaxed\n",
    ])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.doesNotMatch(text, /nginx|Critical|Changed/);
    assert.deepEqual(left(), asFound);
  });

  it("sends more load where the first is little, and never more than four times as much", async () => {
    const { stage, lines, left } = buildStage("nothing", 3);
    await playDemo({ ...stage, times: { ...stage.times, scaling: 10_000 } });
    const said = lines.join("\n");
    assert.match(
      said,
      /little for this machine: 660 .*\n.*little for this machine: 990 .*\n.* 2 → 4 replicas/,
    );
    assert.equal(said.match(/1300 requests/g)?.length, 3);
    assert.deepEqual(left(), asFound);

    const beyond = buildStage("nothing", 5);
    await assert.rejects(playDemo({ ...beyond.stage, times: { ...stage.times, scaling: 200 } }), /in vain/);
    assert.equal(beyond.lines.filter((line) => line.includes("little")).length, 3);
    assert.deepEqual(beyond.left(), asFound);
  });

  for (const [broken, expected] of [
    [
      "scaling",
      /more replicas in backend, in vain; last seen: backend-one 2 → 2 replicas, backend-two 1 → 1/,
    ],
    [
      "moving",
      /a move to spot because regular nodes are full, in vain; last seen: .*banking\/ledger Refuse Critical/,
    ],
    [
      "returning",
      /a move back to regular of reports, in vain; last seen: .*banking\/nginx MoveToRegular Busy/,
    ],
  ] as const) {
    it(`says what it waited for and saw when there is no ${broken}, and leaves the cluster as it was`, async () => {
      const { stage, left } = buildStage(broken);
      await assert.rejects(playDemo(stage), expected);
      assert.deepEqual(left(), asFound);
    });
  }

  it("does not wait for what a load that fails would have brought about", async () => {
    const { stage, left } = buildStage();
    const startLoad = () => Promise.reject(new Error("nothing answers there"));
    const times = { ...stage.times, scaling: 60_000 };
    await assert.rejects(playDemo({ ...stage, startLoad, times }), /^Error: nothing answers there$/);
    assert.deepEqual(left(), asFound);
  });

  it("ends the load and the rush when it is interrupted", async () => {
    const interruption = new AbortController();
    const { stage, left } = buildStage("moving");
    const say = (line: string) => {
      if (line.includes("3.")) interruption.abort();
    };
    const times = { ...stage.times, moving: 60_000 };
    await assert.rejects(playDemo({ ...stage, say, times, signal: interruption.signal }), /abort/);
    assert.deepEqual(left(), asFound);
  });
});

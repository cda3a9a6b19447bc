// What breaks around a round, and who writes at the same time, on a real control plane: nothing may be half done, exceeded
// or forgotten.
import assert from "node:assert/strict";
import { join } from "node:path";
import { connect } from "./kube/client.ts";
import { readMetrics } from "./state.ts";
import { ApiServerProcess } from "./testing/controlPlane/apiServerProcess.ts";
import { until } from "./testing/controlPlane.ts";
import { addRivalWorkloads, rivalCases } from "./testing/controlPlane/rivalCases.ts";
import { type RivalStage, startRivalStage } from "./testing/controlPlane/rivals.ts";

describe("faults around a round", function () {
  let stage: RivalStage;
  let apiServer: ApiServerProcess;
  const round = () => stage.stage.round();

  async function counters(): Promise<Record<string, number>> {
    const client = connect(stage.balancer.config, { signal: new AbortController().signal });
    const { counters } = await readMetrics(client, "monitoring");
    await client.close();
    return counters;
  }

  before(async function () {
    if (process.platform !== "linux") return this.skip();
    stage = await startRivalStage();
    apiServer = new ApiServerProcess(join(stage.cluster.folder, "state"));
    await addRivalWorkloads(stage);
    await stage.workloads.add(["p1", "w1", "w2", "k1", "k2", "k3", "r1", "r2"]);
    await stage.workloads.oldEnough();
  });
  after(async () => {
    await apiServer?.stop();
    await stage?.stop();
  });
  afterEach(() => stage.reset());

  describe("of somebody else", () => rivalCases(() => stage));

  describe("of what it needs", () => {
    it("Prometheus is gone: nothing moves voluntarily, and it is said: exit 3", async () => {
      await stage.workloads.take("p1");
      const { code, outcomes, refusals, stderr } = await stage.stage.round({
        prometheus: "http://127.0.0.1:9",
      });
      assert.deepEqual([code, outcomes, refusals["p1"]], [3, [], "MetricsUnavailable"]);
      assert.match(stderr, /Prometheus at http:\/\/127\.0\.0\.1:9 gives no usage: connect ECONNREFUSED/);
      assert.equal((await counters())['rounds_total{result="Degraded"}'], 1);
      assert.deepEqual((await round()).outcomes, ["p1 Done Applied"]);
    });

    it("a webhook refuses: that move fails with its words, the others are made: exit 3", async () => {
      const { workloads, admission } = stage;
      await workloads.take("w1", "w2");
      admission.onWrite = ({ name }) => (name === "w1" ? "images are frozen" : undefined);
      const { code, outcomes, stderr } = await round();
      assert.deepEqual([code, outcomes], [3, ["w1 Failed Rejected", "w2 Done Applied"]]);
      assert.match(stderr, /images are frozen/);
      assert.deepEqual(await workloads.placements("w1", "w2"), ["regular", "spot"]);
      admission.onWrite = () => undefined;
      const second = await round();
      assert.deepEqual([second.code, second.outcomes, second.refusals["w1"]], [0, [], "MoveRefused"]);
    });

    it("it is killed between two moves: the next round goes on, and the budget of the hour holds", async () => {
      const { workloads, admission } = stage;
      await workloads.take("k1", "k2", "k3");
      admission.onWrite = ({ name }) => {
        if (name !== "k2") return;
        stage.stage.running?.kill("SIGKILL");
        return "too late";
      };
      assert.equal((await round()).code, null);
      assert.deepEqual(await workloads.placements("k1", "k2", "k3"), ["spot", "regular", "regular"]);
      admission.onWrite = () => undefined;
      assert.equal((await round()).stats.skipped, "LeaseHeld", "by the one that was killed");
      await stage.stage.leaveLease("killed", 61);
      await workloads.settled("k1");
      const { outcomes, refusals } = await round();
      assert.deepEqual(outcomes, ["k2 Done Applied"]);
      assert.equal(refusals["k3"], "MoveBudgetHour");
      const found = await counters();
      assert.equal(found['rounds_total{result="Crashed"}'], 1);
      const moves = (result: string) => found[`moves_total{kind="ToSpot",reason="Idle",result="${result}"}`];
      // k1 by its memory, then k2; what came of k2 the first time was never told.
      assert.deepEqual([moves("Done"), moves("Unknown")], [2, 1]);
    });

    it("the API server is restarted under a write: that move fails, the next round makes it: exit 3", async () => {
      const { workloads, admission } = stage;
      await workloads.take("r1", "r2");
      let restarts = 0;
      admission.onWrite = ({ name }) => {
        if (name !== "r1" || restarts > 0) return;
        restarts++;
        apiServer.restart();
        return new Promise(() => undefined); // who asked is gone
      };
      const first = await round();
      // A server that has just come up may refuse for a moment, as it has not read the rights yet.
      assert.match(first.outcomes[0] ?? first.stderr, /^r1 Failed (Unreachable|Forbidden)$/);
      assert.equal(first.outcomes.length, 2, "the other move was tried all the same");
      assert.equal(first.code, 3);
      const placed = await until("the new server to answer", () =>
        workloads.placements("r1").catch(() => undefined),
      );
      assert.deepEqual(placed, ["regular"]);
      await stage.stage.leaveLease("", 100); // given back, unless that was refused as well
      const second = await until("a round of the new server", async () => {
        const result = await round();
        return result.outcomes.length > 0 && result;
      });
      assert.ok(second.outcomes.includes("r1 Done Applied"), second.outcomes.join());
      assert.deepEqual(await workloads.placements("r1", "r2"), ["spot", "spot"]);
    });
  });
});

// Cases for faults.cluster.test.ts: somebody else is at work at the same time; one acts, nothing is forced, nothing is lost.
import assert from "node:assert/strict";
import { act } from "../../act.ts";
import { connect } from "../../kube/client.ts";
import { type Move, emptyState } from "../../model.ts";
import { parsePolicy } from "../../policy.ts";
import { readMetrics } from "../../state.ts";
import type { Write } from "./admission.ts";
import type { RivalStage } from "./rivals.ts";

/** What they need, to be added before, so that one wait for their age is enough. */
export async function addRivalWorkloads({ workloads }: RivalStage): Promise<void> {
  await workloads.add(["dead", "twice", "lease", "first", "last", "other", "c1", "c2"]);
  await workloads.add(["pods"], { kind: "ReplicaSet", replicas: 2 });
}

/** To be called in `describe`; each has its own workloads. */
export function rivalCases(current: () => RivalStage): void {
  let stage: RivalStage;
  const round = () => stage.stage.round();

  before(() => void (stage = current()));

  /** Somebody writes the very object that the balancer is about to write; as often as `times` allows. */
  function interfere(
    kind: string,
    object: (write: Write) => { apiVersion: string; kind: string; data?: object },
    times = 1,
  ) {
    let left = times;
    stage.admission.onWrite = async (write) => {
      if (write.kind !== kind || left-- <= 0) return;
      const { namespace, name } = write;
      const annotations = { "example.com/edit": String(left) };
      await stage.cluster.merge({ ...object(write), metadata: { namespace, name, annotations } });
    };
  }

  it("the Lease is held by a dead one: nothing is written until its time is over", async () => {
    const { workloads } = stage;
    await workloads.take("dead");
    await stage.stage.leaveLease("dead-1", 30);
    const early = await round();
    assert.deepEqual([early.code, early.stats.skipped, early.outcomes], [0, "LeaseHeld", []]);
    assert.deepEqual(await workloads.placements("dead"), ["regular"]);
    await stage.stage.leaveLease("dead-1", 61);
    assert.deepEqual((await round()).outcomes, ["dead Done Applied"]);
  });

  it("two rounds run at once: the second says so, exits with 0, and does nothing", async () => {
    const { workloads } = stage;
    await workloads.take("twice");
    const both = [round(), round()];
    stage.stage.usage.heldUntil = Promise.race(both); // neither can be done before the other was refused
    const rounds = await Promise.all(both);
    stage.stage.usage.heldUntil = undefined;
    const said = rounds.map(({ code, stats, moves, outcomes }) => [
      ...[code, stats.skipped ?? "acted"],
      ...[...moves, ...outcomes],
    ]);
    assert.deepEqual(said.sort(), [[0, "LeaseHeld"], [0, "acted", "twice ToSpot Idle", "twice Done Applied"]]); // prettier-ignore
    const { metadata } = await workloads.read("twice");
    const memory = JSON.parse(metadata!.annotations!["spot-balancer/memory"]!) as { recentMoves: number[] };
    assert.equal(memory.recentMoves.length, 1);
  });

  it("the Lease is written under its hand: it does not act, and the next round does", async () => {
    await stage.workloads.take("lease");
    interfere("Lease", () => ({ apiVersion: "coordination.k8s.io/v1", kind: "Lease" }));
    const { code, stats, outcomes } = await round();
    assert.deepEqual([code, stats.skipped, outcomes], [0, "LeaseHeld", []]);
    assert.deepEqual(await stage.workloads.placements("lease"), ["regular"]);
    assert.deepEqual((await round()).outcomes, ["lease Done Applied"]);
  });

  it("the state is written before its moves: none is begun without it: exit 3", async () => {
    await stage.workloads.take("first");
    // What is only labeled or annotated is written all the same.
    interfere("ConfigMap", () => ({ apiVersion: "v1", kind: "ConfigMap", data: { edited: "yes" } }));
    const { code, outcomes, stderr } = await round();
    const placements = await stage.workloads.placements("first");
    assert.deepEqual([code, outcomes, placements], [3, ["first Skipped NotRemembered"], ["regular"]]);
    assert.match(stderr, /409/);
    assert.deepEqual((await round()).outcomes, ["first Done Applied"]);
  });

  it("the state is written after its moves: exit 3, and the next round counts them", async () => {
    const { workloads, admission, cluster } = stage;
    await workloads.take("last");
    admission.onWrite = async ({ kind, name, namespace }) => {
      if (kind !== "ConfigMap" || (await workloads.placements("last"))[0] === "regular") return;
      await cluster.merge({
        apiVersion: "v1",
        kind,
        metadata: { name, namespace },
        data: { edited: "yes" },
      });
    };
    const { code, stderr } = await round();
    assert.deepEqual([code, await workloads.placements("last")], [3, ["spot"]]);
    assert.match(stderr, /409/);
    admission.onWrite = () => undefined;
    await workloads.settled("last");
    assert.deepEqual((await round()).moves, []);
    const client = connect(stage.balancer.config, { signal: new AbortController().signal });
    const { counters } = await readMetrics(client, "monitoring");
    await client.close();
    assert.equal(counters['moves_total{kind="ToSpot",reason="Idle",result="Done"}'], 1);
  });

  it("every workload is written under its hand: nothing is forced, and the next round does it", async () => {
    await stage.workloads.take("c1", "c2");
    interfere("Deployment", () => ({ apiVersion: "apps/v1", kind: "Deployment" }), Infinity);
    const first = await round();
    assert.deepEqual(first.outcomes, ["c1 Skipped Changed", "c2 Skipped Changed"], first.stderr);
    assert.deepEqual([first.code, await stage.workloads.placements("c1", "c2")], [0, ["regular", "regular"]]);
    stage.admission.onWrite = () => undefined;
    assert.deepEqual((await round()).outcomes, ["c1 Done Applied", "c2 Done Applied"]);
  });

  it("a pod is written under its hand: it is not evicted, and a later round does it", async () => {
    const { workloads } = stage;
    await workloads.take("pods");
    interfere("Eviction", () => ({ apiVersion: "v1", kind: "Pod" }));
    assert.deepEqual((await round()).outcomes, ["pods Done Applied"], "its template, but no pod follows yet");
    assert.deepEqual(await workloads.nodesOf("pods"), ["regular-1", "regular-1"]);
    await workloads.settled("pods");
    assert.deepEqual((await round()).outcomes, ["pods Done Evicted"]);
    await workloads.untilOn("pods", "regular-1", "spot-1");
  });

  it("a workload is not any more what the plan was made for: it is left alone", async () => {
    const { workloads, balancer } = stage;
    await workloads.take("other");
    const { metadata } = await workloads.read("other");
    const generation = metadata!.generation!;
    const move: Move = {
      ...{ kind: "ToSpot", uid: metadata!.uid!, generation, source: "regular", destination: "spot" },
      workload: { kind: "Deployment", namespace: "demo", name: "other" },
      ...{ placement: "spot", evictions: [], nodes: [], reason: "Idle", message: "", score: 1, voluntary: true },
      ...{ evidence: {}, memory: { lastMovedAt: 1, lastMove: "ToSpot", lastReason: "Idle", recentMoves: [1], failedReturns: 0 } },
    }; // prettier-ignore
    const client = connect(balancer.config, { signal: new AbortController().signal });
    const attempt = async (changes: Partial<Move>) => {
      const plan = { moves: [{ ...move, ...changes }], refusals: [], state: emptyState };
      const [outcome] = await act(plan, {
        ...{ client, policy: parsePolicy("{}") },
        stop: new AbortController().signal,
      });
      return `${outcome!.result} ${outcome!.reason}`;
    };
    assert.equal(await attempt({ generation: generation - 1 }), "Skipped Changed");
    assert.equal(await attempt({ uid: "00000000-0000-0000-0000-000000000000" }), "Skipped Changed");
    const elsewhere = { ...move.workload, namespace: "other" };
    assert.equal(await attempt({ workload: elsewhere }), "Failed Forbidden");
    await client.close();
  });
}

import assert from "node:assert/strict";
import type { Move, Pod, RefusalReason } from "../../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  noon,
} from "../../testing/builders.ts";
import type { RoundResult } from "../round.ts";
import { isLeftBehind, roundFor } from "./round.ts";

const web = buildWorkload("web", { placement: "spot" });
const policy = buildPolicy();
const lost = buildNode("spot", "spot-1", { ready: false });

/** `web` stays on `spot-1`, which is lost, for that reason. */
function round(reason: RefusalReason, pod: Partial<Pod> = {}, node = lost, moves: Partial<Move>[] = []) {
  const refusal = { workload: web, reason, message: "", evidence: {} };
  return {
    plan: { moves, refusals: [refusal] },
    snapshot: buildSnapshot({ nodes: [node], workloads: [web], pods: buildPods(web, ["spot-1"], pod) }),
    decidedAt: noon,
  } as unknown as RoundResult;
}
const cordoned = buildNode("regular", "spot-1", { cordoned: true, ready: false });

describe("a round leaves somebody behind", () => {
  const cases: [what: string, result: RoundResult, expected: boolean][] = [
    ["whose node ends, and whom a budget keeps there", round("DisruptionBudget"), true],
    ["who waits until nothing returns", round("WouldReturn"), true],
    ["who rolls", round("RolloutInProgress"), true],
    ["who finds no room on regular", round("NoCapacityOnRegular"), true],
    ["who finds no room on spot", round("NoCapacityOnSpot"), true],
    ["not: time helps nothing", round("NamespaceForbidden"), false],
    ["not: its node stays", round("DisruptionBudget", {}, buildNode("spot", "spot-1")), false],
    ["not: its node is none of spot", round("DisruptionBudget", {}, cordoned), false],
    ["not: it is on its way out", round("DisruptionBudget", { deletingAt: noon }), false],
    ["not: it is elsewhere", round("DisruptionBudget", { nodeName: "other" }), false],
    ["not: it waits for a node", round("DisruptionBudget", { nodeName: undefined }), false],
    ["not: another one is refused", round("DisruptionBudget", { workload: "Deployment/demo/other" }), false],
    ["who is being moved off", round("NotIdle", {}, undefined, [{ voluntary: false }]), true],
    ["not: a move of choice", round("NotIdle", {}, undefined, [{ voluntary: true }]), false],
  ]; // prettier-ignore
  for (const [what, result, expected] of cases)
    it(what, () => assert.equal(isLeftBehind(result, policy), expected));

  it("by the time of its decision", () => {
    // Never ready yet: it starts, for a quarter of an hour.
    const starting = buildNode("spot", "spot-1", { ready: false, readySince: noon, createdAt: noon });
    const result = round("DisruptionBudget", {}, starting);
    assert.equal(isLeftBehind(result, policy), false);
    assert.equal(isLeftBehind({ ...result, decidedAt: noon + 16 * 60_000 }, policy), true);
  });
});

describe("what a round of the watcher comes to", () => {
  let errors: unknown[];
  const endOf = (run: Parameters<typeof roundFor>[0]) => {
    errors = [];
    return roundFor(run, policy, (error) => errors.push(error))();
  };

  it("is done, more, held or failed, and only a failure is told", async () => {
    assert.equal(await endOf(() => Promise.resolve(round("NotIdle"))), "Done");
    assert.equal(await endOf(() => Promise.resolve(round("DisruptionBudget"))), "More");
    assert.equal(await endOf(() => Promise.resolve({ heldBy: "other", until: noon })), "Held");
    assert.deepEqual(errors, []);
    const failure = new Error("no");
    assert.equal(await endOf(() => Promise.reject(failure)), "Failed");
    assert.deepEqual(errors, [failure]);
  });
});

// When a step of the story counts as seen, and when it does not.
import assert from "node:assert/strict";
import { V1MicroTime } from "@kubernetes/client-node";
import { type Decision, type PlacedPod, toDecision } from "./clusterView.ts";
import { decisionBehind, isPlaced, story } from "./steps.ts";

const [toSpot] = story();
assert.ok(toSpot);

const buildPod = (over: Partial<PlacedPod> = {}): PlacedPod => ({
  namespace: "demo",
  name: "nginx-demo-1",
  node: "aks-spot-1",
  priority: "spot",
  ready: true,
  ...over,
});
const buildDecision = (over: Partial<Decision> = {}): Decision => ({
  at: 1_000,
  namespace: "demo",
  workload: "nginx-demo",
  action: "MoveToSpot",
  isMove: true,
  reason: "Idle",
  message: "",
  ...over,
});

describe("the story of npm start", () => {
  it("leads every step to where the next one of the workload begins", () => {
    const moves = story().filter(({ workload }) => workload === "nginx-demo");
    moves.forEach((step, index) => {
      const next = moves[index + 1];
      if (next) assert.equal(next.source, step.destination, next.title);
    });
  });

  const placements: [string, PlacedPod[], boolean][] = [
    ["all ready on spot", [buildPod(), buildPod({ name: "nginx-demo-2" })], true],
    ["one of them missing", [buildPod()], false],
    ["one of them not ready", [buildPod(), buildPod({ ready: false })], false],
    ["one of them on regular", [buildPod(), buildPod({ priority: "regular" })], false],
    ["one of them on no node", [buildPod(), buildPod({ node: undefined, priority: undefined })], false],
    ["an old one still there", [buildPod(), buildPod(), buildPod({ priority: "regular" })], false],
  ];
  for (const [name, pods, expected] of placements) {
    it(`${expected ? "sees" : "does not see"} a placement with ${name}`, () => {
      assert.equal(isPlaced(toSpot, pods, 2), expected);
    });
  }

  const decisions: [string, Decision[], boolean][] = [
    ["the decision itself", [buildDecision()], true],
    ["one from before the step", [buildDecision({ at: 999 })], false],
    ["one on another workload", [buildDecision({ workload: "busy-demo" })], false],
    ["a refusal", [buildDecision({ action: "Refuse", isMove: false })], false],
  ];
  for (const [name, list, expected] of decisions) {
    it(`${expected ? "takes" : "does not take"} ${name} as the balancer's word`, () => {
      assert.equal(decisionBehind(toSpot, list, 1_000) !== undefined, expected);
    });
  }

  it("takes a refusal only for the reason that the step is about", () => {
    const stays = story().find(({ actions }) => actions.includes("Refuse"));
    assert.ok(stays);
    const refusal = (reason: string) => buildDecision({ workload: "busy-demo", action: "Refuse", reason });
    assert.equal(decisionBehind(stays, [refusal("NoSamples")], 0), undefined);
    assert.equal(decisionBehind(stays, [refusal("NoSamples"), refusal("NotIdle")], 0)?.reason, "NotIdle");
  });
});

describe("an Event of the balancer", () => {
  const cases: [string, string, "Normal" | "Warning", boolean][] = [
    ["a move", "MoveToSpot", "Normal", true],
    ["an eviction", "Evict", "Normal", true],
    ["a move that failed", "MoveToRegular", "Warning", false],
    ["a refusal", "Refuse", "Normal", false],
  ];
  for (const [name, action, type, isMove] of cases)
    it(`has moved something, or not: ${name}`, () =>
      assert.equal(toDecision({ eventTime: new V1MicroTime(0), action, type }).isMove, isMove));
});

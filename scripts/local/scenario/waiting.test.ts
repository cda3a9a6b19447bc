import assert from "node:assert/strict";
import type { Decision, PlacedPod } from "./clusterView.ts";
import { waitingText } from "./waiting.ts";

const pod = (priority: PlacedPod["priority"], ready = true): PlacedPod => ({
  ...{ namespace: "demo", name: "one", node: priority, priority, ready },
});
const said = (reason: string, message: string, action = "Refuse"): Decision => ({
  ...{ at: 1_000_000, namespace: "demo", workload: "nginx-demo", action, isMove: action !== "Refuse" },
  ...{ reason, message },
});

describe("what a step of the story waits for", () => {
  const cases: [string, Decision | undefined, string][] = [
    ["the balancer's word", undefined, "2 on spot; the balancer's first word comes within a minute"],
    [
      "the end of a rest, with the seconds left",
      said("Cooldown", "it moved lately and rests for 0.5 min more (minutesLeft=0.5, failedReturns=0)"),
      "2 on spot; it rests after its last move, 20 s left",
    ],
    [
      "a rest whose end has come without a new word",
      said("Cooldown", "it moved lately and rests for 0.1 min more"),
      "2 on spot; it rests after its last move",
    ],
    [
      "samples that are missing",
      said("NoSamples", "0 of at least 3 samples in the last 1 min"),
      "2 on spot; measurements gather, 5 s left",
    ],
    ["pods that follow a move", said("Idle", "CPU at 2 %", "MoveToSpot"), "2 on spot; it moves"],
    [
      "what keeps it from returning",
      said(
        "NotOnSpot",
        "it may run on spot, but 2 of its pods are elsewhere; its youngest pod has run for 20 s (pods=2)",
      ),
      "2 on spot; its youngest pod has run for 20 s",
    ],
    [
      "anything else, in the balancer's words without its evidence",
      said("Busy", "CPU at 90 % of its requests (cpu=0.9)"),
      "2 on spot; Busy: CPU at 90 % of its requests",
    ],
  ];
  for (const [what, decision, expected] of cases)
    it(`says ${what}`, () =>
      assert.equal(waitingText([pod("spot"), pod("spot")], decision, 1_010_000), expected));

  it("counts pods by where they are", () => {
    const pods = [pod("regular"), pod("spot"), pod(undefined, false)];
    assert.match(waitingText(pods, undefined, 0), /^1 on regular, 1 on spot, 1 starting;/);
    assert.match(waitingText([], undefined, 0), /^no pods;/);
  });
});

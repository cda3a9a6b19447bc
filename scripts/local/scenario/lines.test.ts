// How the story speaks of what was seen.
import assert from "node:assert/strict";
import type { Decision } from "./clusterView.ts";
import { clock, seenLine } from "./lines.ts";
import type { Step } from "./steps.ts";

const at = Date.parse("2026-11-30T09:20:34Z");
const step = (source: Step["source"], destination: Step["destination"]) => ({ source, destination }) as Step;
const decision = (action: string, reason: string, message: string, isMove = false): Decision => ({
  ...{ at, namespace: "demo", workload: "web", action, isMove, reason, message },
});
const pods = ["n2", "n1", "n2"].map((node, i) => ({
  ...{ namespace: "demo", name: `web-${i}`, node, priority: "spot" as const, ready: true },
}));

describe("a line of the story", () => {
  const cases: [string, Step, Decision, string][] = [
    [
      "a move, its way once and without its evidence",
      step("regular", "spot"),
      decision("MoveToSpot", "Idle", "regular → spot: CPU at 2 % (cpu=0.02)", true),
      "regular → spot  Idle: CPU at 2 %\n            09:20:35 all 3 ready on n1, n2",
    ],
    [
      "what stays",
      step("regular", "regular"),
      decision("Refuse", "NotIdle", "CPU at 76 %"),
      "stays on regular  NotIdle: CPU at 76 %\n            still on n1, n2",
    ],
    [
      "what Kubernetes did by itself",
      step("spot", "regular"),
      decision("Refuse", "SpotUnstable", "a node was lost"),
      "spot → regular  Rescheduled: its pods prefer spot, but any node will do, so Kubernetes started them again on regular\n            09:20:35 all 3 ready on n1, n2",
    ],
    [
      "what Kubernetes did while a move was refused",
      step("spot", "regular"),
      decision("MoveToRegular", "Changed", "not moved from spot to regular (SpotNodeLost): 409 Conflict"),
      "spot → regular  Rescheduled: its pods prefer spot, but any node will do, so Kubernetes started them again on regular\n            09:20:35 all 3 ready on n1, n2",
    ],
  ];
  for (const [what, step, decision, expected] of cases)
    it(`says ${what}`, () =>
      assert.equal(
        seenLine({ step, decision, at: at + 1000, pods }),
        `  ${clock(at)}  demo/web  ${expected.replace("09:20:35", clock(at + 1000))}`,
      ));
});

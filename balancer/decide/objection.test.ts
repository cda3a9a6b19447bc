import assert from "node:assert/strict";
import * as fc from "fast-check";
import { buildNode, buildPods, buildUsage, buildWorkload } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { apart } from "./objection.ts";

describe("what messages say", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];

  it("two ratios never read alike when one is above the other", () => {
    assert.deepEqual(apart(0.8504, 0.85), ["85.04 %", "85 %"]);
    assert.deepEqual(apart(0.9, 0.85), ["90 %", "85 %"]);
    const ratio = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(ratio, ratio, (a, b) => {
        const [left, right] = apart(a, b);
        assert.equal(left === right, a === b);
      }),
    );
  });

  it("names the traffic where that is what keeps a workload from being idle", () => {
    const web = buildWorkload("web");
    const pods = buildPods(web, ["r1"], { usage: buildUsage({ networkOverWindow: 5_000_000 }) });
    const [refusal] = planFor({ nodes, workloads: [web], pods }).refusals;
    assert.match(refusal!.message, /^traffic of 5000 kB\/s per pod over \d+ min, idle is at most 50 kB\/s$/);
  });

  it("tells apart a load just above idle", () => {
    const web = buildWorkload("web", { template: { requests: { cpu: 1000, memory: 1 } } });
    const [refusal] = planFor({ nodes, ...running([web, ["r1"], 0.104]) }).refusals;
    const message = /^CPU at 10\.4 % of its requests .* and 10\.4 % now, idle is at most 10 %$/;
    assert.equal(refusal!.reason, "NotIdle");
    assert.match(refusal!.message, message);
  });

  it("says what to do about missing requests", () => {
    const web = buildWorkload("web", { template: { requests: { cpu: 0, memory: 1 } } });
    const [refusal] = planFor({ nodes, ...running([web, ["r1"]]) }).refusals;
    assert.match(refusal!.message, /set resources\.requests\.cpu/);
  });
});

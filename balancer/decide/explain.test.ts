import assert from "node:assert/strict";
import { type Snapshot, emptyState } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildUsage,
  buildWorkload,
  minute,
  noon,
} from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { explain } from "./explain.ts";
import { renderExplanation } from "../report/explanationText.ts";

const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];

function explained(parts: Partial<Snapshot>, policy?: string): string {
  const snapshot = buildSnapshot({ nodes, ...parts });
  const plan = planFor(snapshot, policy);
  const [web] = explain("demo/web", plan, { snapshot, policy: buildPolicy(policy), now: noon });
  return renderExplanation(web!);
}

describe("an explanation", () => {
  const web = buildWorkload("web", { replicas: 4 });
  const idle = running([web, ["r1", "r1", "r1", "r1"]]);

  it("says how a workload with a floor is split, and by which numbers", () => {
    const text = explained(idle, "namespaces: { demo: { regularFloor: 1 } }");
    assert.match(text, /^demo\/web: → spot, Idle\n(.*\n)* {2}split: 3 on spot, 1 on regular\n/);
    assert.match(text, /\nsplit\n {2}state +if it goes to spot\n {2}regularFloor +1\n {2}smallestScale +4\n/);
    assert.match(text, /\n {2}maxSkew +3\n(.*\n)* {2}replicas +3 on spot, 1 on regular\n/);
    assert.doesNotMatch(explained(idle), /\nsplit\n/);
    assert.match(explained(idle, "namespaces: { demo: { regularFloor: 3 } }"), /replicas +cannot be split\n/);
  });

  it("says what share on spot follows from its goal, and by which numbers", () => {
    const losses = [{ at: noon - 36 * 60 * minute, share: 1 }];
    const state = { ...emptyState, availability: { at: noon, losses, spent: { "namespace demo": 1 } } };
    const text = explained({ ...idle, state }, "namespaces: { demo: { availability: 0.9999 } }");
    assert.ok(
      text.includes(`
availability
  goal                               99.99 %
  of                                 namespace demo
  minutesAWeekThatAReplicaMayBeAway  1
  minutesThatALossOfAllOfSpotTakes   2.5
  replicasThatStayOnRegular          2
  lossExpectedWithinAnHour           2.703 %
  since                              100 % of spot was missing within the last 36 h
  lossBorneWithinAnHour              2.66 %
  podMinutesSpent                    1 of 4 a week
`),
      text,
    );
  });

  it("says how old samples are, and how old they may be", () => {
    const old = buildPods(web, ["r1"], { usage: buildUsage({ sampledAt: noon - 7 * minute }) });
    const text = explained({ workloads: [web], pods: old });
    assert.match(text, /\n {2}sampleAgeSeconds +420\n {2}maxSampleAgeSeconds +300\n/);
    const unknown = explained({ workloads: [web], pods: buildPods(web, ["r1"], { usage: undefined }) });
    assert.match(unknown, /\n {2}sampleAgeSeconds +none\n/);
  });

  it("says what room placeholders keep, which of them go, and how each spot pool fares", () => {
    const size = { requests: { cpu: 800, memory: 2 ** 20 } };
    const room = buildWorkload("room", {
      ...{ namespace: "placeholder", replicas: 3 },
      template: { ...size, priority: -10, labels: { "spot-balancer/placeholder": "true" } },
    });
    const kept = buildPods(room, ["s1", "s1"]);
    const waiting = buildPods(room, [undefined], { name: "room-2" });
    const large = buildWorkload("web", { template: size });
    const { workloads, pods } = running([large, ["r1"]]);
    const text = explained({ workloads: [...workloads, room], pods: [...pods, ...kept, ...waiting] });
    assert.match(text, /\n {2}after placeholders placeholder\/room-0 on s1 are gone\n/);
    assert.match(
      text,
      /\nplaceholders\n {2}onSpotNodes +2\n {2}roomMillicores +1600\n {2}roomMiB +2\n {2}waiting +1\n/,
    );
    assert.match(text, /\n {2}spot pool spot +stable, 0 % of its nodes lost in 20 min\n/);
  });
});

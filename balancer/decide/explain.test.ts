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

  it("is of every workload of the name, or of the one that log and JSON call so", () => {
    const snapshot = buildSnapshot({ nodes, workloads: [web, { ...web, kind: "StatefulSet" }] });
    const of = (name: string) =>
      explain(name, planFor(snapshot), { snapshot, policy: buildPolicy(), now: noon }).map(({ workload }) => workload.kind); // prettier-ignore
    assert.deepEqual(of("demo/web"), ["Deployment", "StatefulSet"]);
    assert.deepEqual(of("StatefulSet/demo/web"), ["StatefulSet"]);
    assert.throws(() => of("DaemonSet/demo/web"), { name: "InputError" });
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

  it("says of what cannot be split what it would bear as a whole, and of what never goes no floor", () => {
    const one = running([buildWorkload("web"), ["r1"]]);
    const strict = "namespaces: { demo: { availability: 0.9999 } }";
    assert.match(explained(one, strict), /lossBorneWithinAnHour +1.33 %/);
    const critical = buildWorkload("web", { labels: { "spot-balancer/tier": "critical" }, replicas: 2 });
    const text = explained(running([critical, ["r1", "r1"]]));
    assert.match(text, /replicasThatStayOnRegular +0\n/);
    assert.doesNotMatch(text, /\nsplit\n/);
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

  it("tells all that is known of a workload, each under its name", () => {
    const rich = buildWorkload("web", {
      ...{ replicas: 4, placement: "spot", labels: { "spot-balancer/tier": "crtical" } },
      template: { requests: { cpu: 200, memory: 2 ** 28 }, priorityClass: "web" },
      status: { updated: 3, available: 2 },
      update: { maxSurge: 2, maxUnavailable: 1 },
      memory: {
        ...{ lastMovedAt: noon - 90 * minute, lastMove: "ToSpot", lastReason: "Idle", failedReturns: 2 },
        recentMoves: [noon - 50 * minute, noon - 30 * minute],
      },
    });
    const usage = {
      cpu: 20,
      cpuOverWindow: 60,
      samples: 45,
      sampledAt: noon - 90_000,
      networkOverWindow: 1234,
    };
    const pods = buildPods(rich, ["s1", "s1", "r1", undefined], { usage: buildUsage(usage) });
    const text = explained(
      {
        ...{ workloads: [rich], pods },
        disruptionBudgets: [
          {
            namespace: "demo",
            name: "kept",
            selector: [],
            desiredHealthy: 3,
            currentHealthy: 4,
            disruptionsAllowed: 1,
          },
        ],
        autoscalers: [
          {
            namespace: "demo",
            name: "scaler",
            target: { kind: "Deployment", name: "web" },
            currentReplicas: 4,
            desiredReplicas: 4,
            minReplicas: 2,
            maxReplicas: 9,
          },
        ],
      },
      "{ namespaces: { demo: { maxSpotShare: 0.75, order: 7, windows: [{ days: [Wed], from: '08:00', to: '20:00', timeZone: UTC }] } } }",
    );
    const facts = text.slice(text.indexOf("workload\n"), text.indexOf("\nchecks, "));
    assert.equal(
      facts,
      `workload
  tier                    standard
  tierFromLabel           crtical (there is no such tier)
  priorityClass           web
  placement               spot
  podsOn                  regular 1, spot 2, pending 1
  replicas                4
  updated                 3
  available               2
  update                  RollingUpdate, surge 2, unavailable 1
  requestedCpuMillicores  200
  requestedMemoryMiB      256

usage
  cpuUtilization            0.1
  cpuUtilizationOverWindow  0.3
  windowMinutes             30
  percentile                0.95
  idleAtMost                0.1
  busyAbove                 0.3
  networkBytesPerSecond     1230
  idleNetworkAtMost         50000
  podsKnown                 3 of 3
  samples                   45
  minSamples                10
  sampleAgeSeconds          90
  maxSampleAgeSeconds       300

namespace
  allowed       true
  maxSpotShare  0.75
  regularFloor  0
  order         7
  timeWindows   1

availability
  goal                               99.9 %
  of                                 standard
  minutesAWeekThatAReplicaMayBeAway  10.1
  minutesThatALossOfAllOfSpotTakes   2.5
  replicasThatStayOnRegular          0
  lossExpectedWithinAnHour           0 %
  lossBorneWithinAnHour              13.3 %
  podMinutesSpent                    0 of 40.3 a week

limits
  disruptionBudget kept  allows 1
  autoscaler scaler      4 of 2…9
  scoreThreshold         0.0001
  maxMovesPerRound       5
  maxMovesPerHour        60
  lastMoved              2026-11-18T10:30:00.000Z, ToSpot, Idle
  movesInTheLastHour     2
  failedReturns          2

pools
  regularUtilization  0.1
  regularMarks        0.75 to 0.85
  spotUtilization     0.2
  spotMarks           0.85 to 0.95
  spotNodesUsable     1
  spotStable          true
  spot pool spot      stable, 0 % of its nodes lost in 20 min
`,
    );
  });
});

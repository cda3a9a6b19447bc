import assert from "node:assert/strict";
import type { Pod } from "../model.ts";
import { buildPods, buildPolicy, buildUsage, buildWorkload, minute, noon } from "../testing/builders.ts";
import { comesBackForLoad, isBusy, isIdle, runs, workloadUsage } from "./workloadUsage.ts";

/** Requests 100 millicores. */
const pod = (usage: Parameters<typeof buildUsage>[0] | null, changes: Partial<Pod> = {}): Pod => ({
  ...buildPods(buildWorkload("web"), ["n"])[0]!,
  usage: usage === null ? undefined : buildUsage(usage),
  ...changes,
});

describe("what a workload uses", () => {
  it("is added up over its pods, as far as it is known", () => {
    const usage = workloadUsage(
      [
        pod({ cpu: 10.4, cpuOverWindow: 20, samples: 50, sampledAt: noon - 1000, networkOverWindow: 500 }, { createdAt: noon - 9 * minute }),
        pod({ cpu: 30, cpuOverWindow: 10.4, samples: 40, sampledAt: noon - 3000, networkOverWindow: 100 }, { createdAt: noon - 7 * minute }),
        pod({ cpu: 20, cpuOverWindow: 0, samples: 60, sampledAt: noon - 2000, networkUnknown: true }, { createdAt: noon - 8 * minute }),
        pod(null, { createdAt: noon - minute }),
      ],
      noon,
    ); // prettier-ignore
    assert.deepEqual(usage, {
      ...{ known: 3, expected: 4, cpuUtilization: 0.2, cpuUtilizationOverWindow: 0.1 },
      ...{ network: 300, withoutTraffic: 1, samples: 40, age: 3000, youngest: 7 * minute },
    });
  });

  it("is not that of pods that wait, or are on their way out", () => {
    const [gone, waiting] = [pod({ cpu: 90 }, { deletingAt: noon }), pod({ cpu: 90 }, { nodeName: undefined })]; // prettier-ignore
    assert.deepEqual([runs(gone), runs(waiting), runs(pod({}))], [false, false, true]);
    const { known, expected, cpuUtilization } = workloadUsage([gone, waiting, pod({ cpu: 5 })], noon);
    assert.deepEqual([known, expected, cpuUtilization], [1, 1, 0.05]);
  });

  it("is nothing that is known without pods, requests, or traffic", () => {
    const none = workloadUsage([], noon);
    assert.deepEqual(none, {
      ...{ known: 0, expected: 0, cpuUtilization: NaN, cpuUtilizationOverWindow: NaN },
      ...{ withoutTraffic: 0, samples: 0, age: 0, youngest: Infinity },
    });
    const asksNothing = workloadUsage([pod({}, { requests: { cpu: 0, memory: 1 } })], noon);
    assert.deepEqual([asksNothing.cpuUtilization, "network" in asksNothing], [NaN, false]);
  });
});

describe("load", () => {
  const thresholds = { enterCpuUtilization: 0.1, exitCpuUtilization: 0.5, enterNetworkBytesPerSecond: 1000 };
  const used = (cpuUtilization: number, cpuUtilizationOverWindow: number, network?: number) => ({
    ...workloadUsage([], noon),
    ...{ cpuUtilization, cpuUtilizationOverWindow, ...(network !== undefined && { network }) },
  });

  it("is none where CPU and traffic are below their thresholds, now and over the window", () => {
    const idle = [used(0.1, 0.1), used(0.1, 0.1, 1000), used(0, 0, 0)];
    const not = [used(0.11, 0.1), used(0.1, 0.11), used(0.1, 0.1, 1001), used(NaN, NaN)];
    assert.deepEqual([...idle, ...not].map((usage) => isIdle(usage, thresholds)), [true, true, true, false, false, false, false]); // prettier-ignore
  });

  it("is much where CPU is above its threshold now; what belongs on spot stays all the same", () => {
    const usages = [used(0.51, 0), used(0.5, 1), used(NaN, NaN)];
    assert.deepEqual(usages.map((usage) => isBusy(usage, thresholds)), [true, false, false]); // prettier-ignore
    const back = (tier: "low" | "standard" | "critical") =>
      comesBackForLoad({ tier, usage: used(0.51, 0), thresholds: { ...buildPolicy().idle, ...thresholds } });
    assert.deepEqual([back("low"), back("standard"), back("critical")], [false, true, true]);
  });
});

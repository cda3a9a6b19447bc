import assert from "node:assert/strict";
import { InputError } from "../../../balancer/failures.ts";
import { type SimulationInputs, readScenario } from "./readScenario.ts";

const spot = '{"metadata":{"gap_seconds":300},"data":[2,1]}';
const load = "time,workload,cpu,memory\n0,demo/web,100m,128Mi\n600,demo/web,1.5,256Mi\n";
const policy = "namespaces: { demo: }\n";

function scenario(
  texts: { spot?: string; load?: string; policy?: string; cluster?: string } = {},
  noticeSeconds?: number,
  moreSpot?: SimulationInputs["moreSpot"],
) {
  const file = (name: string, text: string) => ({ name, text });
  const inputs: SimulationInputs = {
    spot: file("spot.json", texts.spot ?? spot),
    load: file("load.csv", texts.load ?? load),
    policy: file("policy.yaml", texts.policy ?? policy),
    ...(texts.cluster !== undefined && { cluster: file("cluster.yaml", texts.cluster) }),
    ...{ roundSeconds: 60, replicas: 2, seed: 1, noticeSeconds, moreSpot },
  };
  return readScenario(inputs);
}

function problems(texts: Parameters<typeof scenario>[0]): string[] {
  try {
    scenario(texts);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message.split("\n");
  }
  assert.fail("expected an InputError, and there was none");
}

describe("the simulation's input", () => {
  it("becomes a scenario: without a cluster file, workloads request what they need at most", () => {
    const { workloads, loads, spot, pools, timings } = scenario();
    const sizes = { replicas: 2, cpu: 750, memory: 128 * 2 ** 20, maxSurge: 1, maxUnavailable: 0 };
    assert.deepEqual(workloads, [{ name: "demo/web", ...sizes }]);
    assert.deepEqual(loads.get("demo/web"), [
      { at: 0, cpu: 100, memory: 128 * 2 ** 20 },
      { at: 600_000, cpu: 1500, memory: 256 * 2 ** 20 },
    ]);
    assert.deepEqual(spot, { stepMs: 300_000, available: [2, 1] });
    assert.equal(pools.spot.pricePerHour, 2 * 0.011, "two vCPUs at the policy's price");
    assert.equal(timings.roundMs, 60_000);
    assert.deepEqual([timings.noticeMs, timings.tickMs], [0, 15_000]);
    assert.deepEqual([timings.nodeStartMs, timings.nodeNotReadyMs], [120_000, 30_000]);
  });

  it("becomes the whole of what a cluster file says", () => {
    const pool = "{ cpu: 4, memory: 8Gi, pods: 30, min: 1, max: 2, pricePerHour: 0.3 }";
    const workload =
      "{ replicas: 3, cpu: 250m, memory: 1Gi, maxSurge: 0, maxUnavailable: 2, minAvailable: 1, tier: low }";
    const times =
      "{ nodeStartSeconds: 40, nodeNotReadySeconds: 50, podStartSeconds: 7, unneededMinutes: 3, failedRequestSeconds: 90, backoffMinutes: 2 }";
    const cluster = `pools: { regular: ${pool}, spot: { cpu: 2 } }\nworkloads: { demo/web: ${workload} }\ntimes: ${times}`;
    const { policy: read, loads, ...rest } = scenario({ cluster }, 10);
    assert.deepEqual([Object.keys(read.namespaces), loads.size], [["demo"], 1]);
    const web = { replicas: 3, cpu: 250, memory: 2 ** 30, maxSurge: 0, maxUnavailable: 2, minAvailable: 1 };
    assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
      pools: {
        regular: { cpu: 4000, memory: 8 * 2 ** 30, pods: 30, min: 1, max: 2, pricePerHour: 0.3 },
        spot: { cpu: 2000, memory: 6044 * 2 ** 20, pods: 110, min: 1, max: 5, pricePerHour: 2 * 0.011 },
      },
      workloads: [{ name: "demo/web", ...web, tier: "low" }],
      spot: { stepMs: 300_000, available: [2, 1] },
      moreSpot: [],
      start: Date.UTC(2026, 0, 5),
      timings: {
        ...{ tickMs: 10_000, roundMs: 60_000, noticeMs: 10_000, nodeStartMs: 40_000, nodeNotReadyMs: 40_000 },
        ...{ podStartMs: 7000, unneededMs: 180_000, failedRequestMs: 90_000, backoffMs: 120_000 },
      },
      seed: 1,
    });
  });

  it("has as many spot pools as the cluster file says, each with a trace of its own", () => {
    const cluster = "spotPools: { large: { cpu: 8, max: 3 } }";
    const trace = { name: "large.json", text: '{"metadata":{"gap_seconds":60},"data":[1]}' };
    const [large, ...others] = scenario({ cluster }, 0, { large: trace }).moreSpot!;
    assert.deepEqual([large!.name, large!.trace], ["large", { stepMs: 60_000, available: [1] }]);
    assert.deepEqual([large!.spec.min, large!.spec.max, large!.spec.pricePerHour], [0, 3, 8 * 0.011]);
    assert.deepEqual(others, []);
    assert.deepEqual(problems({ cluster }).slice(1), [
      "cluster.yaml",
      "  line 1: spotPools.large: needs --spot large=FILE",
    ]);
    assert.throws(
      () => scenario({}, 0, { large: trace }),
      /large.json\n {2}line 1: large: is the trace of no pool/,
    );
    assert.match(
      problems({ cluster: "spotPools: { spot: {} }" }).join(),
      /spotPools.spot.*must be a pool's name/,
    );
  });

  it("never lets a step of the clock be longer than the notice", () => {
    const { timings } = scenario({}, 5);
    assert.deepEqual([timings.noticeMs, timings.tickMs], [5000, 5000]);
  });

  it("takes what the cluster file says", () => {
    const { workloads, pools, timings } = scenario({
      cluster: `
pools: { regular: { cpu: 4, memory: 14Gi, pricePerHour: 0.2, max: 9, zones: 3 } }
workloads: { demo/web: { kind: StatefulSet, tier: low, replicas: 3, cpu: 250m, memory: 1Gi, minAvailable: 2, spread: zone } }
times: { nodeStartSeconds: 60, nodeNotReadySeconds: 90, failedRequestSeconds: 120 }
`,
    });
    assert.deepEqual(
      { ...workloads[0] },
      {
        ...{ name: "demo/web", tier: "low", replicas: 3, cpu: 250, memory: 2 ** 30 },
        ...{ maxSurge: 1, maxUnavailable: 0, minAvailable: 2, kind: "StatefulSet", spread: "zone" },
      },
    );
    assert.deepEqual(
      { ...pools.regular },
      { cpu: 4000, memory: 14 * 2 ** 30, pods: 110, min: 1, max: 9, pricePerHour: 0.2, zones: 3 },
    );
    assert.deepEqual([timings.nodeStartMs, timings.nodeNotReadyMs], [60_000, 60_000]);
    assert.equal(timings.failedRequestMs, 120_000);
  });

  it("counts times from the first one, and keeps the date where there is one", () => {
    const rows = (...times: string[]) =>
      ["time,workload,cpu,memory", ...times.map((time) => `${time},demo/web,1,1Gi`)].join("\r\n");
    const dated = scenario({ load: rows("2026-03-02T06:00:00Z", "2026-03-02T06:05:00Z") });
    assert.equal(dated.start, Date.UTC(2026, 2, 2, 6));
    assert.deepEqual(
      dated.loads.get("demo/web")!.map(({ at }) => at),
      [0, 300_000],
    );
    assert.equal(scenario({ load: rows("1772431200") }).start, Date.UTC(2026, 2, 2, 6));
    assert.equal(new Date(scenario({ load: rows("100") }).start).getUTCDay(), 1, "a Monday");
  });

  it("is refused with every problem of every file at its line", () => {
    const found = problems({
      spot: '{\n  "metadata": { "gap_seconds": 0 },\n  "data": [3, -1, 2.5]\n}',
      load: "time,workload,cpu,memory\nsoon,web,1,1Gi\n0,demo/web,-1,lots\n0,demo/web,1\n5,demo/web,1,1\n5,demo/web,1,1\n",
      policy: "namespaces: { demo: }\nidel: {}\n",
      cluster:
        "pools:\n  spot: { min: 3, max: 2 }\nworkloads:\n  web: { cpu: 1, memory: 1Gi }\n  demo/web: { cpu: 0, memory: 1Gi }\n",
    });
    assert.deepEqual(found, [
      "The simulation's input has 13 problems:",
      "spot.json",
      "  line 2: metadata.gap_seconds: Too small: expected number to be >0",
      "  line 3: data.1: Too small: expected number to be >=0",
      "  line 3: data.2: expected int, received number",
      "load.csv",
      '  line 2: time: expected seconds or an ISO time such as 2026-01-05T08:00:00Z, got "soon"',
      '  line 2: workload: expected namespace/name, got "web"',
      '  line 3: cpu: expected a quantity of at least 0 such as 250m or 1.5Gi, got "-1"',
      '  line 3: memory: expected a quantity of at least 0 such as 250m or 1.5Gi, got "lots"',
      "  line 4: expected 4 values (time,workload,cpu,memory), got 3",
      "  line 6: demo/web has this time already in line 5",
      "policy.yaml",
      "  line 2: idel: unknown key, did you mean idle?",
      "cluster.yaml",
      "  line 2: pools.spot.min: must be at most max",
      "  line 4: workloads.web: must be namespace/name",
      "  line 5: workloads.demo/web.cpu: expected a quantity above 0 such as 500m, got 0",
    ]);
  });

  it("is refused when loads and workloads do not match, or there is nothing in a trace", () => {
    const cluster = "workloads: { demo/other: { cpu: 1, memory: 1Gi } }";
    assert.deepEqual(problems({ cluster }).slice(1), [
      "load.csv",
      "  line 1: demo/web: has rows, but is no workload of cluster.yaml",
      "cluster.yaml",
      "  line 1: demo/other: is a workload without a row in load.csv",
    ]);
    assert.match(
      problems({ load: "when,what\n" }).join(),
      /line 1: expected the header time,workload,cpu,memory/,
    );
    assert.match(problems({ load: "time,workload,cpu,memory\n" }).join(), /expected rows after the header/);
    assert.match(problems({ spot: '{"metadata":{"gap_seconds":1},"data":[]}' }).join(), /data: Too small/);
    assert.match(problems({ spot: "no JSON [" }).join(), /spot.json,/);
  });
});

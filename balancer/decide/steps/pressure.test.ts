import assert from "node:assert/strict";
import fc from "fast-check";
import type { MoveReason, PoolHealth, Snapshot } from "../../model.ts";
import { buildNode, buildPods, buildWorkload, gibibyte, minute, noon } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";
import { runs } from "../../testing/specs/generators.ts";

const low = 0.4;
const policy = `{
  namespaces: { demo: , shop: { order: 1 } },
  pressure: { regular: { highUtilization: 0.5, lowUtilization: ${low} }, spot: { highUtilization: 0.5, lowUtilization: ${low} } },
  budgets: { maxMovesPerRound: 20 },
}`;
const roomy = { allocatable: { cpu: 100_000, memory: 64 * gibibyte, pods: 100 } };

/** One replica, neither idle nor busy. */
const size = (name: string, cpu: number, namespace = "demo") =>
  buildWorkload(name, { namespace, template: { requests: { cpu, memory: 1000 } } });
const moderate = 0.2;

const moved = (parts: Partial<Snapshot>) =>
  planFor(parts, policy).moves.map(({ workload, reason }) => `${workload.name} ${reason}`);

describe("pressure on regular", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1", roomy)];
  const relieved = (...list: Running[]) => moved({ nodes, ...running(...list) });

  it("is none up to the high mark", () => {
    assert.deepEqual(relieved([size("a", 500), ["r1"], moderate], [size("b", 500), ["r1"], moderate]), []);
  });

  it("moves no more than it takes to get down to the low mark", () => {
    // 1200 of 2000; 400 must go. The small one is asked first, and would come back at once.
    const list: Running[] = [
      [size("a", 200), ["r1"], moderate],
      [size("b", 400), ["r1"], moderate],
      [size("c", 600), ["r1"], moderate],
    ];
    assert.deepEqual(relieved(...list), ["b RegularPressure"]);
  });

  it("rather moves less important work, and what it takes of more important", () => {
    const important: Running = [size("a", 500, "shop"), ["r1"], moderate];
    assert.deepEqual(relieved(important, [size("z", 600), ["r1"], moderate]), ["z RegularPressure"]);
    assert.deepEqual(relieved(important, [size("z", 200), ["r1"], moderate], [size("y", 400), ["r1"], 0.3]), [
      "y RegularPressure",
    ]);
  });

  it("takes busy work last", () => {
    const list: Running[] = [
      [size("busy", 500), ["r1"], 0.9],
      [size("calm", 700, "shop"), ["r1"], moderate],
    ];
    assert.deepEqual(relieved(...list), ["calm RegularPressure"]);
    assert.deepEqual(relieved([size("busy", 1200), ["r1"], 0.4]), ["busy RegularPressure"]);
  });

  const growing: [what: string, calmIn: string, health: Partial<PoolHealth>, reasons: string[]][] = [
    ["stays while nodes come for what is calm", "demo", { maxSize: 2 }, []],
    ["goes where none may come", "demo", { maxSize: 1 }, ["busy RegularPressure"]],
    ["goes where nobody knows of a maximum", "demo", {}, ["busy RegularPressure"]],
    ["goes where what is calm may not move", "elsewhere", { maxSize: 2 }, ["busy RegularPressure"]],
  ];
  for (const [what, calmIn, health, reasons] of growing) {
    it(`busy work ${what}`, () => {
      const nodes = [
        buildNode("regular", "r1", { allocatable: { ...roomy.allocatable, cpu: 2300 } }),
        buildNode("spot", "s1", { allocatable: { ...roomy.allocatable, cpu: 1500 } }),
      ];
      const list: Running[] = [
        [size("busy", 700), ["r1"], 0.9],
        // Too large for spot's mark, at 750.
        [size("calm", 800, calmIn), ["r1"], moderate],
        [size("other", 100, "elsewhere"), ["r1"], moderate],
      ];
      const poolHealth: PoolHealth[] = [{ pool: "spot", health: "Healthy", backoff: false, ...health }];
      assert.deepEqual(moved({ nodes, poolHealth, ...running(...list) }), reasons);
    });
  }

  it("leaves busy work where pressure would not end by it, and takes calm work all the same", () => {
    // 1600 of 2000, of which 1100 cannot go; the high mark is at 1000, the low one at 800.
    const pinned: Running = [size("pinned", 1100, "elsewhere"), ["r1"], 0.5];
    assert.deepEqual(relieved(pinned, [size("busy", 500), ["r1"], 0.9]), []);
    assert.deepEqual(
      relieved(pinned, [size("busy", 300), ["r1"], 0.9], [size("calm", 200), ["r1"], moderate]),
      ["calm RegularPressure"],
    );
    // To between the marks.
    const less: Running = [size("pinned", 900, "elsewhere"), ["r1"], 0.5];
    assert.deepEqual(relieved(less, [size("busy", 500), ["r1"], 0.9]), ["busy RegularPressure"]);
  });

  it("leaves for two cool-downs what has come back for its load", () => {
    const back = (minutes: number, lastReason: MoveReason = "Busy", cpu = 0.4) => {
      const memory = {
        lastMovedAt: noon - minutes * minute,
        ...{ lastReason, lastMove: "ToRegular" as const, recentMoves: [], failedReturns: 0 },
      };
      return relieved([{ ...size("b", 1200), memory }, ["r1"], cpu]);
    };
    assert.deepEqual(back(59.9), []);
    assert.deepEqual(back(60), ["b RegularPressure"]);
    assert.deepEqual(back(59.9, "SpotPressure"), ["b RegularPressure"]);
    assert.deepEqual(back(59.9, "Busy", moderate), ["b RegularPressure"]);
  });

  it("lets busy work come back once it is gone, below the low mark", () => {
    const memory = {
      lastMovedAt: noon - 600 * minute,
      lastReason: "RegularPressure" as const,
      lastMove: "ToSpot" as const,
      ...{ recentMoves: [], failedReturns: 0 },
    };
    const back = (cpu: number, lastReason: MoveReason) =>
      relieved(
        [{ ...size("b", cpu), placement: "spot", memory: { ...memory, lastReason } }, ["s1"], 0.6],
        [size("a", 300), ["r1"], moderate],
      );
    assert.deepEqual(back(500, "RegularPressure"), ["b Busy"]); // to 40 %
    assert.deepEqual(back(600, "RegularPressure"), []);
    assert.deepEqual(back(600, "Idle"), ["b Busy"]);
  });

  it("counts what is used, where that is more than what is requested", () => {
    const hungry: Running[] = [
      [size("a", 100), ["r1"], 6],
      [size("b", 100), ["r1"], 6],
    ];
    assert.deepEqual(relieved(...hungry), ["a RegularPressure"]);
  });

  it("is not relieved again while the first relief is under way, or inside the average of usage", () => {
    const after = (minutesAgo: number, lastReason: MoveReason, updated: number) => {
      const lastMovedAt = noon - minutesAgo * minute;
      const first = buildWorkload("a", {
        ...{ placement: "spot", template: { requests: { cpu: 600, memory: 1000 } }, status: { updated } },
        memory: { ...{ lastMovedAt, lastReason, lastMove: "ToSpot" }, recentMoves: [], failedReturns: 0 },
      });
      return relieved([first, ["r1"], moderate], [size("b", 600), ["r1"], moderate]);
    };
    assert.deepEqual(after(1, "RegularPressure", 0), [], "its old pods still stand");
    assert.deepEqual(after(4, "RegularPressure", 1), [], "the average still has them");
    assert.deepEqual(after(6, "RegularPressure", 0), [], "its rollout takes longer");
    assert.deepEqual(after(6, "RegularPressure", 1), ["b RegularPressure"]);
    assert.deepEqual(after(1, "Idle", 0), ["b RegularPressure"], "that was no relief");
  });

  it("is relieved by moves none of which could be left out", () => {
    const workload = fc.record({
      cpu: fc.integer({ min: 1, max: 12 }).map((step) => step * 100),
      load: fc.constantFrom(moderate, 0.3, 0.9, 2),
      namespace: fc.constantFrom("demo", "shop"),
    });
    fc.assert(
      fc.property(fc.array(workload, { minLength: 1, maxLength: 10 }), (specs) => {
        const allocatable = 4000;
        const list = specs.map(({ cpu, load, namespace }, i) => {
          return {
            name: `w${i}`,
            cpu,
            used: cpu * load,
            running: [size(`w${i}`, cpu, namespace), ["r1"], load],
          };
        });
        const room = buildNode("regular", "r1", { allocatable: { ...roomy.allocatable, cpu: allocatable } });
        const parts = {
          nodes: [room, nodes[1]!],
          ...running(...list.map((each) => each.running as Running)),
        };
        const gone = new Set(planFor(parts, policy).moves.map(({ workload: { name } }) => name));
        const utilization = (isGone: (name: string) => boolean) => {
          const left = list.filter(({ name }) => !isGone(name));
          const sum = (of: "cpu" | "used") => left.reduce((total, each) => total + each[of], 0);
          return Math.max(sum("cpu"), sum("used")) / allocatable;
        };
        const before = utilization(() => false);
        assert.equal(gone.size > 0, before > 0.5, `${gone.size} moves at ${before}`);
        if (gone.size === 0) return;
        assert.ok(utilization((name) => gone.has(name)) <= low, "the mark is reached");
        for (const one of gone) {
          assert.ok(utilization((name) => name !== one && gone.has(name)) > low, `without ${one} as well`);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});

describe("pressure on spot", () => {
  const nodes = [buildNode("regular", "r1", roomy), buildNode("spot", "s1")];
  const onSpot = (name: string, cpu: number, namespace = "demo") =>
    buildWorkload(name, { namespace, placement: "spot", template: { requests: { cpu, memory: 1000 } } });

  it("leaves no trace of moves that were only tried: what they would have freed is not free", () => {
    // 1200 of 2000. The small one is asked first, and not needed once the big one goes; 400 more fit then up to 1000.
    const list: Running[] = [
      [
        buildWorkload("z", { placement: "spot", template: { requests: { cpu: 200, memory: 1 } } }),
        ["s1"],
        moderate,
      ],
      [
        buildWorkload("y", { placement: "spot", template: { requests: { cpu: 700, memory: 1 } } }),
        ["s1"],
        moderate,
      ],
      [
        buildWorkload("x", { namespace: "other", template: { requests: { cpu: 300, memory: 1 } } }),
        ["s1"],
        moderate,
      ],
      [size("idle", 400), ["r1"], 0.02],
    ];
    const nodes = [buildNode("regular", "r1", roomy), buildNode("spot", "s1")];
    assert.deepEqual(moved({ nodes, ...running(...list) }), ["y SpotPressure", "idle Idle"]);
  });

  for (const count of [1, 2])
    it(`makes as much room as those who wait ask for together, be it ${count}`, () => {
      const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };
      const batch = buildWorkload("batch", {
        ...{ namespace: "other", placement: "spot" },
        template: { nodeSelector, requests: { cpu: 900 / count, memory: 1 } },
      });
      const small = ["a", "b", "c", "d"].map((name): Running => {
        const template = { requests: { cpu: 300, memory: 1 } };
        return [buildWorkload(name, { placement: "spot", template }), ["s1"], moderate];
      });
      const { workloads, pods } = running(...small);
      const waiting = buildPods(batch, Array<undefined>(count).fill(undefined), { unschedulableSince: noon });
      const { moves } = planFor({
        nodes: [buildNode("regular", "r1", roomy), buildNode("spot", "s1")],
        ...{ workloads: [...workloads, batch], pods: [...pods, ...waiting] },
      });
      assert.deepEqual(moves.map(({ reason }) => reason), ["SpotPressure", "SpotPressure", "SpotPressure"]); // prettier-ignore
    });

  it("brings back the most important, and no more than it takes", () => {
    const list: Running[] = [
      [onSpot("a", 500), ["s1"], moderate],
      [onSpot("b", 600, "shop"), ["s1"], moderate],
    ];
    assert.deepEqual(moved({ nodes, ...running(...list) }), ["b SpotPressure"]);
    list.push([onSpot("c", 100, "shop"), ["s1"], moderate]);
    assert.deepEqual(moved({ nodes, ...running(...list) }), ["b SpotPressure"]);
  });

  const growable: [what: string, health: Partial<PoolHealth>, load: number, reasons: string[]][] = [
    ["may grow, and only the requests are above", { maxSize: 2 }, moderate, []],
    ["may grow, and so much is used", { maxSize: 2 }, 0.95, ["b SpotPressure"]],
    ["is as large as it may be", { maxSize: 1 }, moderate, ["b SpotPressure"]],
    ["gets no node now", { maxSize: 2, backoff: true }, moderate, ["b SpotPressure"]],
    ["is of unknown size", {}, moderate, ["b SpotPressure"]],
  ];
  const labels = { "spot-balancer/tier": "low" }; // which does not come back for its load
  for (const [what, health, load, reasons] of growable) {
    it(`is ${reasons.length > 0 ? "felt" : "none"} where the pool ${what}`, () => {
      const list: Running[] = [
        [{ ...onSpot("a", 500), labels }, ["s1"], load],
        [{ ...onSpot("b", 600, "shop"), labels }, ["s1"], load],
      ];
      const poolHealth: PoolHealth[] = [{ pool: "spot", health: "Healthy", backoff: false, ...health }];
      assert.deepEqual(moved({ nodes, poolHealth, ...running(...list) }), reasons);
    });
  }

  it("is also when pods wait that can run there only, until there is room for them", () => {
    const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };
    const batch = buildWorkload("batch", {
      ...{ namespace: "other", placement: "spot" },
      template: { nodeSelector, requests: { cpu: 300, memory: 1000 } },
    });
    const { workloads, pods } = running(
      [onSpot("a", 200), ["s1"], moderate],
      [onSpot("b", 300), ["s1"], moderate],
    );
    const waiting = buildPods(batch, [undefined], { unschedulableSince: noon });
    assert.deepEqual(moved({ nodes, workloads: [...workloads, batch], pods: [...pods, ...waiting] }), [
      "b SpotPressure",
    ]);
  });

  it("is relieved of a split workload by that part of it which leaves spot", () => {
    const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };
    const selector = [{ key: "app", operator: "In" as const, values: ["b"] }];
    const topologySpread = [{ topologyKey: "kubernetes.azure.com/priority", maxSkew: 1, selector }];
    const batch = buildWorkload("batch", { namespace: "other", placement: "spot", template: { nodeSelector, requests: { cpu: 500, memory: 1000 } } }); // prettier-ignore
    const b = onSpot("b", 300);
    const split = { ...b, replicas: 2, status: { ...b.status, replicas: 2, updated: 2, available: 2 }, template: { ...b.template, topologySpread } }; // prettier-ignore
    const { workloads, pods } = running([onSpot("a", 200, "shop"), ["s1"], moderate], [split, ["s1", "r1"], moderate]); // prettier-ignore
    const waiting = buildPods(batch, [undefined], { unschedulableSince: noon });
    assert.deepEqual(moved({ nodes, workloads: [...workloads, batch], pods: [...pods, ...waiting] }), [
      "a SpotPressure",
      "b SpotPressure",
    ]);
  });

  describe("beside capacity that ordinary pods cannot use", () => {
    const size = { requests: { cpu: 950, memory: 1 } };
    const huge = { allocatable: { cpu: 64_000, memory: 256 * gibibyte, pods: 100 } };
    const dedicated = { key: "dedicated", value: "db", effect: "NoSchedule" } as const;
    const reasons = (...more: ReturnType<typeof buildNode>[]) =>
      planFor({
        nodes: [
          buildNode("regular", "r1"),
          ...["s1", "s2", "s3"].map((name) => buildNode("spot", name)),
          ...more,
        ],
        ...running(
          [buildWorkload("a", { template: size }), ["r1"], 0.2],
          [buildWorkload("b", { template: size }), ["r1"], 0.2],
        ),
      }).moves.map(({ reason }) => reason);

    const useless: [what: string, changes: Parameters<typeof buildNode>[2]][] = [
      ["a dedicated pool", { ...huge, taints: [dedicated] }],
      ["GPU nodes", { ...huge, hasDevices: true }],
      ["Windows nodes", { ...huge, labels: { "kubernetes.io/os": "windows" } }],
      ["nodes that start", { ...huge, ready: false, createdAt: noon, readySince: noon }],
      ["nodes that are not ready", { ...huge, ready: false }],
    ];
    for (const [what, changes] of useless) {
      it(`is felt as ever: ${what}`, () =>
        assert.deepEqual(reasons(buildNode("regular", "x", changes)), ["RegularPressure"]));
    }

    it("is none where ordinary capacity stands there", () => {
      assert.deepEqual(reasons(buildNode("regular", "x", huge)), []);
      assert.deepEqual(
        reasons(
          buildNode("regular", "x", { ...huge, taints: [{ ...dedicated, effect: "PreferNoSchedule" }] }),
        ),
        [],
      );
    });

    it("is measured on tainted nodes where there are no others, and asks nobody who could not relieve it", () => {
      const tolerations = [{ key: "dedicated", operator: "Exists" as const }];
      const own = (name: string) => buildWorkload(name, { template: { ...size, tolerations } });
      const spot = ["s1", "s2"].map((name) => buildNode("spot", name));
      const only = planFor({
        nodes: [buildNode("regular", "r1", { taints: [dedicated] }), ...spot],
        ...running([own("a"), ["r1"], 0.2], [own("b"), ["r1"], 0.2]),
      });
      assert.deepEqual(
        only.moves.map(({ reason }) => reason),
        ["RegularPressure"],
      );
      const beside = planFor({
        nodes: [buildNode("regular", "r1"), buildNode("regular", "r2", { taints: [dedicated] }), ...spot],
        ...running(
          [own("a-there"), ["r2"], 0.2],
          [
            buildWorkload("x", {
              labels: { "spot-balancer/tier": "critical" },
              template: { requests: { cpu: 1900, memory: 1 } },
            }),
            ["r1"],
            0.2,
          ],
        ),
      });
      assert.deepEqual(beside.moves, [], "a-there does not load r1");
    });
  });
});

// How full a side is: what counts, what is taken for it where nothing is known, and what a plan books.
import assert from "node:assert/strict";
import type { Node, Pod, Resources, Workload } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildUsage,
  buildWorkload,
  gibibyte,
  minute,
  noon,
} from "../testing/builders.ts";
import { Utilization, demand, nodeUtilization, nodeUtilizationWith } from "./utilization.ts";
import { buildWorld } from "./world.ts";

/** Of 2000 millicores and 8 GiB each. */
const [r1, s1] = [buildNode("regular", "r1"), buildNode("spot", "s1")];
const memory = gibibyte;
const uses = (cpu: number, bytes = memory) => ({ usage: buildUsage({ cpu, memory: bytes }) });
const pods = (name: string, requests: Resources, on: string[], changes: Partial<Pod> = {}) =>
  buildPods(buildWorkload(name, { template: { requests } }), on, changes);
const world = (nodes: Node[], list: Pod[] = [], workloads: Workload[] = []) =>
  buildWorld(buildSnapshot({ nodes, pods: list, workloads }), buildPolicy(), noon);
const of = (nodes: Node[], list: Pod[] = []) => new Utilization(world(nodes, list));

describe("how full a side is", () => {
  const small = { cpu: 200, memory };
  const cases: [what: string, nodes: Node[], pods: Pod[], requestedOrUsed: number, used: number][] = [
    ["nothing is there", [r1], [], 0, 0],
    ["there are no nodes", [s1], pods("a", small, ["r1"]), 0, 0],
    ["by CPU that is requested", [r1], pods("a", { cpu: 1000, memory }, ["r1"], uses(10)), 0.5, 0.125],
    ["by memory that is requested", [r1], pods("a", { cpu: 10, memory: 6 * memory }, ["r1"], uses(10)), 0.75, 0.125],
    ["by CPU that is used", [r1], pods("a", small, ["r1"], uses(1800)), 0.9, 0.9],
    ["by memory that is used", [r1], pods("a", small, ["r1"], uses(10, 7 * memory)), 0.875, 0.875],
    ["by what is requested, where no use is known", [r1], pods("a", { cpu: 1000, memory }, ["r1"], { usage: undefined }), 0.5, 0.5],
    [
      "by both together, where one is known and the other is not",
      [r1],
      [...pods("a", small, ["r1"], uses(900)), ...pods("b", { cpu: 600, memory }, ["r1"], { usage: undefined })],
      ...([0.75, 0.75] as const),
    ],
    ["by the node's own measure", [{ ...r1, usage: { cpu: 500, memory, sampledAt: noon } }], pods("a", small, ["r1"], uses(1800)), 0.25, 0.25],
    ["by its pods, where that is old", [{ ...r1, usage: { cpu: 500, memory, sampledAt: noon - 600 * minute } }], pods("a", small, ["r1"], uses(1800)), 0.9, 0.9],
    ["not by what other nodes have", [r1, buildNode("regular", "r2", { cordoned: true })], pods("a", small, ["r1", "r2"], uses(1000)), 0.5, 0.5],
    ["by all nodes together", [r1, buildNode("regular", "r2")], pods("a", small, ["r1"], uses(1000)), 0.25, 0.25],
  ]; // prettier-ignore
  for (const [what, nodes, list, all, used] of cases)
    it(what, () => {
      const utilization = of(nodes, list);
      assert.deepEqual([utilization.of("regular"), utilization.useOf("regular")], [all, used]);
    });

  const idle = { allocatable: { cpu: 64_000, memory: 512 * gibibyte, pods: 99 } };
  const taint = (key: string, effect = "NoSchedule") => [{ key, value: "", effect }] as Node["taints"];
  const others: [what: string, node: Partial<Node>, counts: boolean][] = [
    ["one of devices", { hasDevices: true }, false],
    ["one of Windows", { labels: { "kubernetes.io/os": "windows" } }, false],
    ["a dedicated one", { taints: taint("dedicated") }, false],
    ["one that is advised against", { taints: taint("dedicated", "PreferNoSchedule") }, true],
    ["one that has spot's taint, and is none", { taints: taint("kubernetes.azure.com/scalesetpriority") }, false],
  ]; // prettier-ignore
  for (const [what, node, counts] of others)
    it(`${counts ? "counts" : "does not count"} ${what} among others`, () => {
      const list = pods("a", { cpu: 1000, memory }, ["r1"]);
      const large = buildNode("regular", "r2", { ...idle, ...node });
      const full = of([r1, large], list).of("regular");
      assert.equal(full, counts ? 1000 / 66_000 : 0.5);
      assert.equal(
        of([large], pods("a", { cpu: 32_000, memory }, ["r2"])).of("regular"),
        0.5,
        "alone it does",
      );
    });

  it("would be so much with more, without being so", () => {
    const utilization = of([r1], pods("a", { cpu: 1000, memory }, ["r1"], uses(100)));
    assert.equal(utilization.with("regular", { cpu: 500, memory: 0 }, { cpu: 0, memory: 0 }), 0.75);
    assert.equal(utilization.with("regular", { cpu: 0, memory: 0 }, { cpu: 1500, memory: 0 }), 0.8);
    assert.equal(utilization.of("regular"), 0.5);
  });
});

describe("what a plan books", () => {
  const requests = { cpu: 400, memory };
  const web = buildWorkload("web", { replicas: 2, template: { requests } });
  const running = pods("web", requests, ["r1", "r1"], uses(900, 2 * memory));
  const shares = (utilization: Utilization) =>
    (["regular", "spot"] as const).map((side) => [utilization.of(side), utilization.useOf(side)]);

  it("of a move: what comes to each side, and what leaves; and takes it back", () => {
    const utilization = of([r1, s1], running);
    assert.deepEqual(shares(utilization), [[0.9, 0.9], [0, 0]]); // prettier-ignore
    utilization.move(web, running, { regular: 1, spot: 1 });
    assert.deepEqual(shares(utilization), [[0.45, 0.45], [0.45, 0.45]]); // prettier-ignore
    utilization.move(web, running, { regular: 1, spot: 1 }, -1);
    assert.deepEqual(shares(utilization), [[0.9, 0.9], [0, 0]]); // prettier-ignore
    assert.deepEqual(utilization.requestedOn("regular"), { cpu: 800, memory: 2 * memory });
  });

  it("of single pods that are replaced, with what is requested where no use is known", () => {
    const unknown = running.map((pod) => ({ ...pod, usage: undefined }));
    for (const [list, used] of [
      [running, 0.45],
      [unknown, 0.2],
    ] as const) {
      const utilization = of([r1, s1], [...list]);
      utilization.replace(list.slice(0, 1), "spot", requests);
      assert.deepEqual(shares(utilization), [[used, used], [used, used]]); // prettier-ignore
      utilization.replace(list.slice(0, 1), "spot", requests, -1);
      assert.deepEqual(shares(utilization)[1], [0, 0]);
    }
  });

  it("of what appears: nodes, and pods", () => {
    const utilization = of([r1, s1], running);
    utilization.grow("regular", { cpu: 2000, memory: 8 * memory }, 1);
    assert.equal(utilization.of("regular"), 0.45);
    utilization.grow("regular", { cpu: 2000, memory: 8 * memory }, -1);
    utilization.reserve("regular", { cpu: 550, memory: 0 }, 2);
    assert.equal(utilization.of("regular"), 0.95);
  });

  it("of nobody who was not counted", () => {
    const lost = buildNode("spot", "lost", { ready: false });
    const utilization = of([r1, s1, lost], pods("web", requests, ["lost"], uses(900)));
    const [pod] = pods("web", requests, ["lost"], uses(900));
    utilization.move(web, [pod!], { regular: 2, spot: 0 });
    assert.deepEqual(shares(utilization), [[0.45, 0.45], [0, 0]]); // prettier-ignore
    assert.deepEqual([utilization.counts([pod!], "spot"), utilization.counts(running, "regular")], [false, true]); // prettier-ignore
    assert.equal(utilization.counts(running, "spot"), false);
  });

  it("is a part of what all of its pods use that stay", () => {
    const list = [...running, { ...running[0]!, deletingAt: noon }, { ...running[0]!, nodeName: undefined }];
    assert.deepEqual(demand(web, list, 1), { requested: requests, used: { cpu: 900, memory: 2 * memory } });
    const none = { cpu: 0, memory: 0 };
    assert.deepEqual(demand({ ...web, replicas: 0 }, [], 0), { requested: none, used: none });
  });
});

it("A node is as full as its CPU or its memory is used, and counts what is requested only of what would come", () => {
  const known = pods("a", { cpu: 100, memory }, ["r1"], uses(1000));
  const unknown = pods("b", { cpu: 500, memory: 4 * memory }, ["r1"], { usage: undefined });
  const seen = world([r1], [...known, ...unknown]);
  const [view] = seen.nodes;
  assert.equal(nodeUtilization(seen, view!), 0.5);
  assert.equal(nodeUtilizationWith(known[0]!, seen, view!), 1.25);
  assert.equal(nodeUtilizationWith(unknown[0]!, seen, view!), 9 / 8);
});

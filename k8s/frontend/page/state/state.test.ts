import assert from "node:assert/strict";
import type { Cluster, Pod } from "./api.ts";
import { applyDelta } from "./cluster.ts";
import { ago, bytes, money, percent, podName, withoutFigures } from "./format.ts";
import { nothingTracked, trackMoves } from "./moves.ts";
import { arrange, nextOrder } from "./processes.ts";
import { append, emptyColumns, fromHistory, join } from "./samples.ts";

const buildPod = (uid: string, node: string | null, change: Partial<Pod> = {}): Pod => ({
  uid,
  namespace: "demo",
  name: `web-${uid}`,
  node,
  phase: "Running",
  ready: true,
  owner: "Deployment/web",
  requests: { cpuCores: 0.1, memoryBytes: 1 },
  createdAt: "2026-11-21T12:00:00Z",
  deleting: false,
  ...change,
});
const node = {
  ...{ name: "a", pool: "pool", system: false, ready: true, schedulable: true, instanceType: "some" },
  allocatable: { cpuCores: 2, memoryBytes: 1, pods: 10 },
};
const buildCluster = (pods: Pod[], change: Partial<Cluster> = {}): Cluster => ({
  nodes: [],
  pods,
  autoscalers: [],
  events: [],
  saving: null,
  ...change,
});
const buildEvent = (uid: string, time: string) => ({
  uid,
  time,
  namespace: "demo",
  workload: "Deployment/web",
  action: "MoveToSpot",
  reason: "Idle",
  type: "Normal" as const,
  note: "",
  count: 1,
});

describe("the page's cluster", () => {
  it("takes changes, and keeps the lists that did not change", () => {
    const before = buildCluster([buildPod("1", "a"), buildPod("2", "a")]);
    const after = applyDelta(before, {
      pods: { changed: [buildPod("2", "b"), buildPod("3", null)], removed: ["1"] },
    });
    assert.deepEqual(
      after.pods.map(({ uid, node }) => [uid, node]),
      [
        ["2", "b"],
        ["3", null],
      ],
    );
    assert.equal(after.nodes, before.nodes);
    assert.equal(after.events, before.events);
  });

  it("shows the newest events first, and tells no saving from none", () => {
    const before = buildCluster([], { saving: { perMonth: 3, time: "" } });
    const events = {
      changed: [buildEvent("1", "2026-11-21T12:00:00Z"), buildEvent("2", "2026-11-21T12:01:00Z")],
    };
    const after = applyDelta(before, { events: { ...events, removed: [] } });
    assert.deepEqual(after.events.map(({ uid }) => uid), ["2", "1"]); // prettier-ignore
    assert.equal(after.saving, before.saving);
    assert.equal(applyDelta(before, { saving: null }).saving, null);
  });

  it("keeps the newest two hundred events, and knows autoscalers by namespace and name", () => {
    const at = (second: number) => new Date(second * 1000).toISOString();
    const changed = Array.from({ length: 201 }, (_, i) => buildEvent(String(i), at(i)));
    const { events } = applyDelta(buildCluster([]), { events: { changed, removed: [] } });
    assert.deepEqual([events.length, events[0]?.uid, events.at(-1)?.uid], [200, "200", "1"]);
    const scaler = (namespace: string) => ({ namespace, name: "web" }) as Cluster["autoscalers"][number];
    const autoscalers = { changed: [scaler("a"), scaler("b")], removed: ["a/web"] };
    assert.deepEqual(applyDelta(buildCluster([]), { autoscalers }).autoscalers, [scaler("b")]);
  });
});

describe("moves on the page", () => {
  const now = Date.parse("2026-11-21T12:01:00Z");
  const follow = (...steps: Cluster[]) =>
    steps
      .slice(1)
      .reduce(
        (tracked, step, index) => trackMoves(tracked, steps[index]!, step, now + index),
        nothingTracked,
      );

  it("are seen when the new pod comes first and the old one goes, with the balancer's reason", () => {
    const events = [buildEvent("e", "2026-11-21T12:00:30Z")];
    const { moves } = follow(
      buildCluster([buildPod("old", "regular-1")]),
      buildCluster([buildPod("old", "regular-1"), buildPod("new", null)]),
      buildCluster([buildPod("old", "regular-1"), buildPod("new", "spot-1")], { events }),
      buildCluster([buildPod("old", "regular-1", { deleting: true }), buildPod("new", "spot-1")], { events }),
      buildCluster([buildPod("new", "spot-1")], { events }),
    );
    assert.deepEqual(
      moves.map(({ uid, fromUid, fromNode, toNode, reason }) => ({ uid, fromUid, fromNode, toNode, reason })),
      [{ uid: "new", fromUid: "old", fromNode: "regular-1", toNode: "spot-1", reason: "Idle" }],
    );
  });

  it("are seen when the old pod is gone before the new one has a node", () => {
    const { moves } = follow(
      buildCluster([buildPod("old", "spot-1")]),
      buildCluster([buildPod("new", null)]),
      buildCluster([buildPod("new", "regular-1")]),
    );
    assert.deepEqual(moves.map(({ fromNode, toNode, reason }) => [fromNode, toNode, reason]), [["spot-1", "regular-1", undefined]]); // prettier-ignore
  });

  for (const [action, priority, reason] of [
    ["MoveToSpot", "spot", "Idle"],
    ["MoveToSpot", "regular", undefined],
    ["MoveToRegular", "spot", undefined],
    ["Refuse", "regular", undefined],
  ] as const) {
    it(`say where the pod is, and no word on something else: ${action} with a pod on ${priority}`, () => {
      const events = [{ ...buildEvent("e", "2026-11-21T12:00:30Z"), action }];
      const nodes = [{ ...node, name: "b", priority }];
      const { moves } = follow(
        buildCluster([buildPod("1", "a")]),
        buildCluster([buildPod("2", "b")], { events, nodes }),
      );
      assert.deepEqual(
        moves.map(({ toPriority, reason }) => [toPriority, reason]),
        [[priority, reason]],
      );
    });
  }

  for (const [what, before, after] of [
    ["a replica more", [buildPod("1", "a")], [buildPod("1", "a"), buildPod("2", "b")]],
    ["a replica less", [buildPod("1", "a"), buildPod("2", "b")], [buildPod("1", "a")]],
    ["a restart on the same node", [buildPod("1", "a")], [buildPod("2", "a")]],
    ["another workload's pod", [buildPod("1", "a")], [buildPod("2", "b", { owner: "Deployment/other" })]],
    [
      "the same name in another namespace",
      [buildPod("1", "a")],
      [buildPod("2", "b", { namespace: "other" })],
    ],
    ["a pod without owner", [buildPod("1", "a", { owner: null })], [buildPod("2", "b", { owner: null })]],
  ] as const) {
    it(`are not made of ${what}`, () => {
      assert.deepEqual(follow(buildCluster([...before]), buildCluster([...after])).moves, []);
    });
  }

  it("are made of changes within two minutes, and told a reason of the last three", () => {
    const [before, gone] = [buildCluster([buildPod("1", "a")]), buildCluster([])];
    const cameAfter = (ms: number) => {
      const left = trackMoves(nothingTracked, before, gone, now);
      return trackMoves(left, gone, buildCluster([buildPod("2", "b")]), now + ms).moves.length;
    };
    assert.deepEqual([cameAfter(119_999), cameAfter(120_000)], [1, 0]);
    const reasonAfter = (ms: number) => {
      const events = [buildEvent("e", new Date(now - ms).toISOString())];
      return trackMoves(nothingTracked, before, buildCluster([buildPod("2", "b")], { events }), now).moves[0]
        ?.reason;
    };
    assert.deepEqual([reasonAfter(179_999), reasonAfter(180_000)], ["Idle", undefined]);
  });

  it("are kept, the newest fifty, newest first", () => {
    const many = Array.from({ length: 60 }, (_, i) => buildCluster([buildPod(String(i), i % 2 ? "a" : "b")]));
    const { moves } = follow(...many);
    assert.deepEqual([moves.length, moves[0]?.uid, moves.at(-1)?.uid], [50, "59", "10"]);
    assert.equal(trackMoves({ ...nothingTracked, moves }, many[0]!, many[0]!, now).moves, moves);
  });

  it("match each pod once", () => {
    const { moves } = follow(
      buildCluster([buildPod("1", "a"), buildPod("2", "a")]),
      buildCluster([buildPod("3", "b"), buildPod("4", "b")]),
    );
    assert.deepEqual(moves.map(({ uid, fromUid }) => `${fromUid}→${uid}`).sort(), ["1→3", "2→4"]);
  });
});

describe("the charts' columns", () => {
  const sample = (second: number) => ({
    machine: "m",
    time: new Date(second * 1000).toISOString(),
    cpu: { utilization: second / 100, cores: 2 },
    memory: { totalBytes: 10, usedBytes: second },
  });

  it("continue the history, for a limited time, in order", () => {
    const points = [10, 20].map((second) => ({
      time: new Date(second * 1000).toISOString(),
      cpuUtilization: 0.5,
      cpuUtilizationMax: 0.6,
      memoryUsedBytes: 5,
      samples: 1,
    }));
    const columns = [25, 20, 32]
      .map(sample)
      .reduce((all, one) => append(all, one, 15), fromHistory({ points }));
    assert.deepEqual(columns, { times: [20, 25, 32], cpu: [0.5, 0.25, 0.32], memory: [5, 25, 32] });
  });

  it("are joined with a history that was read later, each time once", () => {
    const known = [25, 30, 35].map(sample).reduce((all, one) => append(all, one, 60), emptyColumns);
    const past = { times: [10, 20, 30], cpu: [0.1, 0.2, 0.31], memory: [1, 2, 3] };
    assert.deepEqual(join(past, known), {
      times: [10, 20, 30, 35],
      cpu: [0.1, 0.2, 0.31, 0.35],
      memory: [1, 2, 3, 35],
    });
    assert.deepEqual(join(emptyColumns, known), known);
    assert.deepEqual(join(past, emptyColumns), past);
  });

  it("begin with a sample when there is no history", () => {
    assert.deepEqual(append(emptyColumns, sample(5), 60).times, [5]);
  });
});

describe("the process table", () => {
  const buildProcess = (pid: number, name: string, cpuCores: number) => ({
    pid,
    name,
    state: "sleeping" as const,
    cpuCores,
    memoryBytes: 1,
  });
  const all = [buildProcess(9, "node", 0.2), buildProcess(10, "Bash", 0.9), buildProcess(1, "init", 0.2)];
  const pids = (order: Parameters<typeof arrange>[1], filter = "") =>
    arrange(all, order, filter).map(({ pid }) => pid);

  it("is sorted by each column, numbers as numbers, ties by PID", () => {
    assert.deepEqual(pids({ column: "cpuCores", descending: true }), [10, 1, 9]);
    assert.deepEqual(pids({ column: "pid", descending: false }), [1, 9, 10]);
    assert.deepEqual(pids({ column: "name", descending: false }), [10, 1, 9]);
  });

  it("is filtered by what is typed, whatever its case", () => {
    assert.deepEqual(pids({ column: "pid", descending: false }, " BASH "), [10]);
    assert.deepEqual(pids({ column: "pid", descending: false }, "nothing"), []);
  });

  it("starts a column with the largest or the first, and turns it around at the second click", () => {
    const first = nextOrder({ column: "name", descending: false }, "memoryBytes");
    assert.deepEqual(first, { column: "memoryBytes", descending: true });
    assert.deepEqual(nextOrder(first, "memoryBytes"), { column: "memoryBytes", descending: false });
    assert.deepEqual(nextOrder(first, "name"), { column: "name", descending: false });
  });
});

describe("numbers and words on the page", () => {
  for (const [shown, expected] of [
    [bytes(0), "0 B"],
    [bytes(1023), "1023 B"],
    [bytes(1536), "1.5 KiB"],
    [bytes(200 * 2 ** 20), "200 MiB"],
    [percent(0.416), "42%"],
    [
      withoutFigures("CPU at 2 %, idle is at most 10 % (usage 0.02, enter 0.1)"),
      "CPU at 2 %, idle is at most 10 %",
    ],
    [withoutFigures("not moved to spot (Conflict): who (else)"), "not moved to spot (Conflict): who (else)"],
    [money(12.5), "$12.50"],
    [podName({ namespace: "demo", name: "n-1", owner: "Deployment/n" }), "n"],
    [podName({ namespace: "demo", name: "n-1", owner: null }), "n-1"],
    [podName({ namespace: "", name: "", owner: null }), "other"],
    [ago("2026-11-21T12:00:00Z", Date.parse("2026-11-21T12:00:59Z")), "59 s ago"],
    [ago("2026-11-21T12:00:00Z", Date.parse("2026-11-21T13:30:00Z")), "1 h ago"],
    [ago("2026-11-21T12:00:01Z", Date.parse("2026-11-21T12:00:00Z")), "0 s ago"],
  ]) {
    it(`read ${expected}`, () => assert.equal(shown, expected));
  }
});

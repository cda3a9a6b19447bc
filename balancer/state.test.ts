import assert from "node:assert/strict";
import { connect } from "./kube/client.ts";
import { type BalancerState, emptyState } from "./model.ts";
import { emptyMetrics } from "./metrics/round.ts";
import { clearState, memoryAnnotations, readMemory, readMetrics, readState } from "./state.ts";
import { type FakeApiServer, startApiServer } from "./testing/apiServer.ts";

const path = "/api/v1/namespaces/monitoring/configmaps/spot-balancer-state";

describe("the state ConfigMap", () => {
  let server: FakeApiServer;
  const connectTo = (server: FakeApiServer) =>
    connect(server.kubeconfig(), { signal: new AbortController().signal, backoffMs: 1 });
  const read = () => readState(connectTo(server), "monitoring");
  const balancer = { ...emptyState, spotNodesByPool: { spot: ["spot-1"] } };

  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.stop());

  it("is empty when it is missing or was just made", async () => {
    assert.deepEqual((await read()).stored, { balancer: emptyState, told: {}, metrics: emptyMetrics });
    server.add(path, { metadata: { name: "spot-balancer-state" } });
    assert.deepEqual((await read()).stored, { balancer: emptyState, told: {}, metrics: emptyMetrics });
  });

  it("gives back what was saved, twice in one round and in the next one", async () => {
    const store = await read();
    await store.save({ balancer, told: {}, metrics: emptyMetrics });
    const told = { abc: { reason: "NotIdle", at: 1, count: 1 } };
    const metrics = { ...emptyMetrics, counters: { spot_nodes_lost_total: 2 } };
    await store.save({ balancer, told, metrics });
    assert.deepEqual((await read()).stored, { balancer, told, metrics });
    assert.deepEqual(await readMetrics(connectTo(server), "monitoring"), metrics);
  });

  it("is made by apply where it is missing, and changed by a patch where it is there; as ours", async () => {
    const store = await read();
    await store.save({ balancer, told: {}, metrics: emptyMetrics });
    await store.save({ balancer, told: {}, metrics: emptyMetrics });
    assert.deepEqual(
      server.writes().map(({ headers, query }) => [headers["content-type"], query.get("fieldManager")]),
      ["apply-patch+yaml", "merge-patch+json"].map((type) => [`application/${type}`, "spot-balancer"]),
    );
  });

  it("has no numbers before the first round, and is not taken for empty when it cannot be read", async () => {
    const metrics = () => readMetrics(connectTo(server), "monitoring");
    assert.deepEqual(await metrics(), emptyMetrics);
    server.add(path, { metadata: { name: "spot-balancer-state" } });
    assert.deepEqual(await metrics(), emptyMetrics);
    server.add(path, { metadata: { name: "spot-balancer-state" }, data: { "metrics.json": "{}" } });
    assert.deepEqual(await metrics(), emptyMetrics, "of a version that counted less");
    server.fail({ path: /configmaps/, fault: { status: 403 }, times: 9 });
    await assert.rejects(metrics(), { status: 403 });
    await assert.rejects(read(), { status: 403 });
    await assert.rejects(clearState(connectTo(server), "monitoring"), { status: 403 });
  });

  it("is emptied as it was shipped, and only where anything is in it", async () => {
    const clear = () => clearState(connectTo(server), "monitoring");
    await clear();
    server.add(path, { metadata: { name: "spot-balancer-state" } });
    await clear();
    server.add(path, { metadata: { name: "spot-balancer-state" }, data: {} });
    await clear();
    assert.deepEqual(server.writes(), []);
    server.add(path, { metadata: { name: "spot-balancer-state" }, data: { "state.json": "{}" } });
    await clear();
    const [{ body, query }] = server.writes() as [ReturnType<typeof server.writes>[number]];
    assert.deepEqual([body, query.get("fieldManager")], [{ data: null }, "spot-balancer"]);
  });

  it("is not written over what somebody else wrote meanwhile", async () => {
    server.add(path, { metadata: { name: "spot-balancer-state" } });
    const [first, second] = await Promise.all([read(), read()]);
    await first.save({ balancer, told: {}, metrics: emptyMetrics });
    await assert.rejects(second.save({ balancer: emptyState, told: {}, metrics: emptyMetrics }), {
      status: 409,
    });
    assert.deepEqual((await read()).stored.balancer, balancer);
  });

  it("is written where it was labeled or deleted meanwhile, which changes nothing of what it holds", async () => {
    const data = { "state.json": JSON.stringify({ balancer: emptyState, told: {} }) };
    for (const isThere of [true, false]) {
      server.add(path, { metadata: { name: "spot-balancer-state" }, data });
      const store = await read();
      server.remove(path);
      if (isThere) server.add(path, { metadata: { name: "spot-balancer-state", labels: { by: "somebody" } }, data });
      await store.save({ balancer, told: {}, metrics: emptyMetrics });
      await store.save({ balancer, told: {}, metrics: emptyMetrics });
      assert.deepEqual((await read()).stored.balancer, balancer);
    }
  }); // prettier-ignore

  it("gives up what is least needed where there is too much for a ConfigMap", async () => {
    const many = (count: number, value: object) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`n-${i}`, value]));
    const told = (count: number) => many(count, { reason: "x".repeat(200), at: 1, count: 1 }) as never;
    const pools = (count: number) => [{ pool: "spot", priority: "spot", nodes: many(count, [1, 2, 3, 4]) }] as never; // prettier-ignore
    const kept = async (tells: number, nodes: number) => {
      server.add(path, { metadata: { name: "spot-balancer-state" } });
      const metrics = { ...emptyMetrics, counters: { a: 1 }, pools: pools(nodes) };
      await (await read()).save({ balancer, told: told(tells), metrics });
      const { data } = server.writes().at(-1)!.body as { data: Record<string, string> };
      assert.ok(Buffer.byteLength(Object.values(data).join("")) <= 1_000_000);
      const { stored } = await read();
      assert.deepEqual([stored.balancer, stored.metrics.counters], [balancer, { a: 1 }]);
      return [Object.keys(stored.told).length, stored.metrics.pools.length];
    };
    assert.deepEqual(await kept(3000, 1000), [3000, 1]);
    assert.deepEqual(await kept(5000, 1000), [0, 1]);
    assert.deepEqual(await kept(5000, 60_000), [0, 0]);
  });

  it("begins its numbers anew when they cannot be read, and keeps the rest", async () => {
    const data = { "state.json": JSON.stringify({ balancer, told: {} }), "metrics.json": "{" };
    server.add(path, { metadata: { name: "x" }, data });
    assert.deepEqual((await read()).stored, { balancer, told: {}, metrics: emptyMetrics });
  });

  const anew = { balancer: emptyState, told: {}, metrics: emptyMetrics };
  const unreadable: [text: string, said: RegExp][] = [
    ["{", /^state\.json of the ConfigMap monitoring\/spot-balancer-state .* begins anew: no JSON$/],
    ["null", /expected object, received null$/],
    ["[]", /expected object, received array$/],
    ['{"balancer":7}', /balancer: expected object/],
    ['{"balancer":{"spotLosses":"all"}}', /balancer\.spotLosses: expected array/],
    [
      '{"balancer":{"evictions":[{"workload":1,"at":2}]}}',
      /balancer\.evictions\.0\.workload: expected string/,
    ],
    ['{"balancer":{"spotNodesByPool":{"spot":"spot-1"}}}', /spotNodesByPool\.spot: expected array/],
    ['{"told":{"a":null}}', /told\.a: expected object/],
    ['{"balancer":{"evictions":[{"workload":"a","at":"1e400"}]}}', /at: expected number/],
  ];
  for (const [text, said] of unreadable) {
    it(`begins anew, and says why, when it is ${text}`, async () => {
      server.add(path, { metadata: { name: "x" }, data: { "state.json": text } });
      const { stored, problems } = await read();
      assert.deepEqual(stored, anew);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, said);
    });
  }

  it("begins its numbers anew, and says why, when they are no numbers", async () => {
    const data = { "metrics.json": '{"counters":{"rounds_total":"many"}}' };
    server.add(path, { metadata: { name: "x" }, data });
    const { stored, problems } = await read();
    assert.deepEqual(stored, anew);
    assert.match(problems[0]!, /^metrics\.json of .*counters\.rounds_total: expected number/);
    assert.deepEqual(await readMetrics(connectTo(server), "monitoring"), emptyMetrics);
  });

  it("gives back all that a round remembers, and of availability nothing where it makes no sense", async () => {
    const at = Date.UTC(2026, 10, 21);
    const all: BalancerState = {
      spotNodesByPool: { spot: ["spot-1"] },
      spotLosses: [{ node: "n", pool: "p", at }],
      evictions: [{ workload: "a", at, hotNode: "r1" }, { workload: "b", at }],
      availability: { at, losses: [{ at, share: 0 }, { at, share: 1 }, { at, share: 0.5 }], kept: 2, spent: { low: 0, standard: 12.5 } },
      tries: {
        a: { at, placement: "spot", result: "Undone", failed: 2, failedAt: at, why: "gone" },
        b: { at, placement: "regular", failed: 0 },
      },
      forbidden: { demo: { failed: 1, at, why: "cannot patch" } },
    }; // prettier-ignore
    const stored = async (state: object) => {
      server.add(path, { metadata: { name: "x" }, data: { "state.json": JSON.stringify({ balancer: state }) } }); // prettier-ignore
      const { stored, problems } = await read();
      assert.deepEqual(problems, []);
      return JSON.parse(JSON.stringify(stored.balancer)) as object;
    };
    assert.deepEqual(await stored(all), all);
    assert.deepEqual(await stored({}), emptyState, "of a version that knew less");
    const { availability, ...others } = all;
    for (const odd of [
      { losses: [{ at, share: 1.1 }] },
      { losses: [{ at, share: -0.1 }] },
      { losses: [{ at }] },
      { spent: { low: -1 } },
      { spent: { low: 1e13 } },
      { losses: Array.from({ length: 1001 }, () => ({ at, share: 0 })) },
    ])
      // prettier-ignore
      assert.deepEqual(await stored({ ...all, availability: { ...availability, ...odd } }), others);
  });

  it("knows of nothing that is yet to come", async () => {
    const at = Date.now() + 86_400_000;
    const future = {
      ...balancer,
      evictions: [{ workload: "a", at }],
      spotLosses: [{ node: "n", pool: "p", at }],
      tries: { a: { at, placement: "spot", result: "Refused", failed: 1, failedAt: at } },
      availability: { at, losses: [{ at, share: 1 }], spent: {} },
      askedInVain: { a: at },
      forbidden: { demo: { failed: 2, at, why: "" } },
    };
    server.add(path, {
      metadata: { name: "x" },
      data: {
        "state.json": JSON.stringify({ balancer: future, told: { a: { reason: "NotIdle", at, count: 1 } } }),
      },
    });
    const { stored, problems } = await read();
    assert.deepEqual(problems, []);
    const times = [...JSON.stringify(stored).matchAll(/"(?:at|failedAt|a)":(\d+)/g)].map(([, time]) =>
      Number(time),
    );
    assert.equal(times.length, 9);
    for (const time of times) assert.ok(time <= Date.now() + 1000);
  });

  it("is of the API server's time, whatever the own clock says", async () => {
    server.clockOffset = 7_200_000;
    const evictions = [{ workload: "a", at: Date.now() + 3_600_000 }];
    const text = JSON.stringify({ balancer: { ...balancer, evictions } });
    server.add(path, { metadata: { name: "x" }, data: { "state.json": text } });
    assert.deepEqual((await read()).stored.balancer.evictions, evictions);
  });
});

describe("the memory of a workload", () => {
  const memory = {
    lastMovedAt: Date.UTC(2026, 10, 21, 9),
    lastMove: "ToSpot",
    lastReason: "Idle",
    recentMoves: [Date.UTC(2026, 10, 21, 9)],
    failedReturns: 1,
  } as const;

  it("survives the way through annotations, which people can read too", () => {
    const annotations = memoryAnnotations({ ...memory, recentMoves: [...memory.recentMoves] });
    assert.deepEqual(readMemory(annotations), memory);
    assert.equal(annotations["spot-balancer/last-moved-at"], "2026-11-21T09:00:00.000Z");
    assert.equal(annotations["spot-balancer/last-reason"], "Idle");
  });

  it("is none when there is none, or somebody edited it", () => {
    assert.equal(readMemory(undefined), undefined);
    assert.equal(readMemory({ other: "1" }), undefined);
    const odd = ['{"lastMovedAt":1,"recentMoves":["x"]}', '{"lastMovedAt":1e99,"recentMoves":[]}'];
    for (const text of ["", "{", "null", "[]", '{"lastMovedAt":"yesterday"}', ...odd]) {
      assert.equal(readMemory({ "spot-balancer/memory": text }), undefined, text);
    }
  });
});

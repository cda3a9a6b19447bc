// One pool of the simulated cloud: where its nodes start, what the autoscaler counts on, and what the cloud takes.
import assert from "node:assert/strict";
import { minute, noon } from "../../balancer/testing/builders.ts";
import { SimCluster } from "../../balancer/testing/simCluster.ts";
import { NodePool } from "./nodePool.ts";
import { buildScenario } from "./testing/scenarioSpec.ts";
import type { PoolSpec, Timings } from "./scenario.ts";

const zoneLabel = "topology.kubernetes.io/zone";

function buildPool(changes: Partial<PoolSpec> = {}, times: Partial<Timings> = {}) {
  const { policy, pools, timings } = buildScenario({ spot: [6], spotMin: 0, regularMax: 9, placeholders: 0, notice: 2, workloads: [] }); // prettier-ignore
  const cluster = new SimCluster(policy, noon, { podStartMs: 0 });
  const pool = new NodePool(
    "spot",
    { ...pools.spot, ...changes },
    cluster,
    { ...timings, ...times },
    "cheap",
  );
  const after = (minutes: number) => {
    cluster.elapse(minutes * minute);
    pool.arrive();
  };
  /** So many nodes that are ready. */
  const fill = (count: number) => {
    for (let i = 0; i < count; i++) pool.request();
    pool.arrive(Infinity);
  };
  const zones = () => pool.nodes.map(({ labels }) => labels[zoneLabel]).join("");
  return { cluster, pool, after, fill, zones, policy };
}

const first = () => 0;
const last = () => 0.999;

describe("a pool of the simulated cloud", () => {
  it("has nodes with the labels, the taint and the size that policy and spec give it", () => {
    const { pool, fill, policy } = buildPool({ zones: 3 });
    fill(1);
    const [node] = pool.nodes;
    assert.deepEqual(node, {
      name: "cheap-1",
      labels: {
        "kubernetes.io/hostname": "cheap-1",
        [zoneLabel]: "1",
        [policy.pools.nameLabel]: "cheap",
        [policy.pools.splitLabel]: "spot",
        ...policy.pools.spot.nodeLabels,
      },
      taints: [policy.pools.spot.taint],
      cordoned: false,
      ready: true,
      readySince: noon,
      createdAt: noon,
      conditions: [],
      allocatable: { cpu: 2000, memory: pool.spec.memory, pods: 10 },
    });
  });

  it("puts each node where there are fewest, those on their way counted, and tells where before it is there", () => {
    const { pool, fill, zones } = buildPool({ zones: 3 });
    assert.equal(pool.sample().labels[zoneLabel], "1");
    const asked = [1, 2, 3, 4].map(() => pool.request()?.labels[zoneLabel]);
    assert.deepEqual(asked, ["1", "2", "3", "1"]);
    assert.deepEqual(pool.expected().map(({ labels }) => labels[zoneLabel]), ["1", "2", "3", "1"]); // prettier-ignore
    pool.arrive(Infinity);
    assert.equal(zones(), "1231");
    pool.remove("cheap-3");
    fill(1);
    assert.equal(zones(), "1213");
    assert.equal(buildPool().pool.sample().labels[zoneLabel], "1", "of one zone all are of that");
  });

  it("costs from the request on; a node registers, and is ready when it has started", () => {
    const { pool, after } = buildPool();
    pool.request();
    assert.deepEqual([pool.size, pool.nodes.length, pool.expected().length], [1, 0, 1]);
    after(0.99);
    assert.equal(pool.nodes.length, 0);
    after(0.01);
    assert.deepEqual([pool.size, pool.nodes[0]?.ready, pool.expected().length], [1, false, 1]);
    after(0.99);
    assert.equal(pool.nodes[0]?.ready, false);
    after(0.01);
    const [node] = pool.nodes;
    assert.deepEqual([node?.ready, node?.readySince, node?.createdAt], [true, noon + 2 * minute, noon + minute]); // prettier-ignore
    assert.equal(pool.expected().length, 0);
    assert.equal(pool.lastAddedAt, noon);
  });

  it("grows up to its most, what will fail counted", () => {
    const { pool, fill, after } = buildPool({ max: 2 }, { failedRequestMs: minute });
    assert.ok(pool.mayGrow);
    fill(1);
    assert.ok(pool.mayGrow);
    pool.available = 1;
    assert.equal(pool.request()?.name, "cheap-failing-1");
    assert.deepEqual([pool.size, pool.expected().length, pool.mayGrow], [1, 1, false]);
    after(1);
    assert.deepEqual([pool.expected().length, pool.inBackoff, pool.mayGrow], [0, true, false]);
    after(5);
    assert.ok(pool.mayGrow);
  });

  it("rests longer after each failure, six times the first rest at most, and begins anew once a node has come", () => {
    const { pool, cluster, fill } = buildPool();
    const rest = () => {
      assert.equal(pool.request(), undefined);
      const since = cluster.now;
      while (pool.inBackoff) cluster.elapse(minute);
      return (cluster.now - since) / minute;
    };
    pool.available = 0;
    assert.deepEqual([rest(), rest(), rest(), rest(), rest()], [5, 10, 20, 30, 30]);
    pool.available = 1;
    fill(1);
    assert.equal(rest(), 5);
  });

  it("asks for none where the cloud will soon take more than it has over", () => {
    const { pool, fill } = buildPool();
    fill(2);
    pool.ahead = 2;
    assert.equal(pool.request(), undefined);
    pool.announce(first);
    const other = buildPool();
    other.fill(2);
    other.pool.ahead = 1;
    assert.ok(other.pool.announce(first));
    assert.equal(other.pool.request(), undefined, "the one that goes leaves no room");
    other.pool.ahead = 2;
    assert.ok(other.pool.request(), "in the place of the one that goes");
  });

  it("announces as many as will be too many, once, each cordoned with the time of its end", () => {
    const { pool, fill } = buildPool();
    fill(3);
    pool.request(); // goes without a word
    pool.ahead = 2;
    assert.ok(pool.announce(last));
    const told = pool.nodes.filter(({ cordoned }) => cordoned);
    assert.deepEqual(told.map(({ name }) => name), ["cheap-2", "cheap-3"]); // prettier-ignore
    const [{ conditions, announcements = [] }] = told as [(typeof told)[number]];
    assert.deepEqual([conditions, announcements], [
      ["VMEventScheduled"],
      [{ type: "VMEventScheduled", reason: "VMEventScheduled", message: "Preempt Scheduled: Wed, 18 Nov 2026 12:02:00 GMT. DurationInSeconds: -1" }],
    ]); // prettier-ignore
    assert.ok(!pool.announce(last), "no news");
    pool.ahead = 0;
    assert.ok(pool.announce(last), "of all that are there, and no more");
    assert.ok(!pool.announce(last));
  });

  it("loses what starts first, then what was announced, then any; zone by zone", () => {
    const starting = buildPool();
    starting.fill(1);
    starting.pool.request();
    starting.pool.available = 1;
    starting.pool.preempt(first);
    assert.deepEqual([starting.pool.size, starting.pool.lost], [1, 0]);

    const { pool, fill, zones } = buildPool({ zones: 2 });
    fill(5);
    assert.equal(zones(), "12121");
    pool.ahead = 4;
    pool.announce(last);
    pool.available = 4;
    pool.preempt(first);
    assert.deepEqual([pool.nodes.map(({ name }) => name), pool.lost], [["cheap-1", "cheap-2", "cheap-3", "cheap-4"], 1]); // prettier-ignore
    pool.available = 2;
    pool.preempt(first);
    assert.deepEqual([zones(), pool.lost], ["22", 3]);
    pool.available = 1;
    pool.preempt(last);
    assert.equal(zones(), "2");
  });

  it("marks a node that is of no use, with since when, and one that is drained, and unmarks them", () => {
    const { pool, cluster, fill } = buildPool();
    fill(1);
    const node = () => pool.nodes[0]!;
    const taints = () =>
      node()
        .taints.slice(1)
        .map(({ key, effect }) => `${key}:${effect}`); // the first is the pool's
    assert.equal(pool.judge(node(), true), undefined);
    assert.equal(pool.judge(node(), false), noon);
    cluster.elapse(minute);
    assert.equal(pool.judge(node(), false), noon);
    assert.deepEqual(taints(), ["DeletionCandidateOfClusterAutoscaler:PreferNoSchedule"]);
    pool.drain(node());
    assert.equal(pool.draining.get("cheap-1"), noon + minute);
    assert.equal(taints()[1], "ToBeDeletedByClusterAutoscaler:NoSchedule");
    cluster.elapse(minute);
    pool.giveUpDraining("cheap-1");
    assert.deepEqual([pool.draining.size, pool.failedAt, taints().length], [0, noon + 2 * minute, 1]);
    assert.equal(pool.judge(node(), true), undefined);
    assert.deepEqual(taints(), []);
    assert.equal(pool.judge(node(), false), noon + 2 * minute, "anew");
  });
});

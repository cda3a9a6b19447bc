// How many nodes a pool is to have: the count that is asked for, until an autoscaler has its say.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import type { Pool } from "../machines.ts";
import { clusterId } from "../testing/inputs.ts";
import { toPool } from "../types/agentPool.ts";
import { NodePools } from "./pools.ts";

describe("the size of a pool", () => {
  const pool = (count: number, autoscaling?: Pool["autoscaling"]): Pool => ({
    ...toPool(clusterId, "web", { vmSize: "Standard_D4as_v5", count }, {}),
    ...(autoscaling && { autoscaling }),
  });
  const bounds = { min: 1, max: 4 };
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "none", server: "http://127.0.0.1:1", skipTLSVerify: false },
    { name: "nobody" },
  );
  const cases: [what: string, before: Pool, now: number, after: Pool, count: number][] = [
    ["is what is asked for, where it does not scale", pool(2), 2, pool(3), 3],
    ["stays what it has come to while it scales", pool(1, bounds), 3, pool(1, bounds), 3],
    ["stays within new bounds", pool(1, bounds), 4, pool(1, { min: 1, max: 2 }), 2],
    ["begins with what is asked for once it scales", pool(2), 2, pool(4, bounds), 4],
    ["is what is asked for once it scales no more", pool(1, bounds), 4, pool(2), 2],
  ];
  for (const [what, before, now, after, count] of cases)
    it(what, async () => {
      const pools = new NodePools(
        { config, startSystemNode: () => assert.fail(), provisionMs: 0, now: () => 0, log: () => undefined }, // prettier-ignore
        [],
        () => undefined,
      );
      const nodes: string[] = [];
      mock.method(pools.nodes, "list", () => Promise.resolve(nodes.map((name) => ({ metadata: { name } }))));
      mock.method(pools.nodes, "create", (_: Pool, index: number) =>
        Promise.resolve(nodes.push(`n${index}`)),
      );
      mock.method(pools.nodes, "remove", (name: string) => Promise.resolve(nodes.splice(nodes.indexOf(name), 1))); // prettier-ignore
      for (const skipped of ["relabel", "untilReady"] as const)
        mock.method(pools.nodes, skipped, () => Promise.resolve());
      await pools.apply(before);
      pools.resize(pools.records[0]!, now);
      await pools.apply(after);
      assert.deepEqual([pools.records[0]!.count, nodes.length], [count, count]);
    });
});

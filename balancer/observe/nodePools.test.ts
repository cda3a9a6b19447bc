import assert from "node:assert/strict";
import { addObject } from "../testing/apiObjects.ts";
import { useApiServer } from "../testing/apiServer/use.ts";
import { poolOf, readNodePools } from "./nodePools.ts";

const pool = (spec: object, status: object = {}) =>
  poolOf({ metadata: { name: "spot", namespace: "" }, spec, status });
const three = { nodes: 3, resources: { cpu: "12", memory: "48Gi", nodes: "3", pods: "330" } };

describe("Karpenter's NodePools", () => {
  const sizes: [string, object, object, [min: number, max: number]][] = [
    ["without limits", {}, three, [0, 1_000_000]],
    ["up to so many CPUs, by the nodes there are", { limits: { cpu: "22" } }, three, [0, 5]],
    ["up to so much memory", { limits: { cpu: 1000, memory: "64Gi" } }, three, [0, 4]],
    ["up to so much memory alone", { limits: { memory: "64Gi" } }, three, [0, 4]],
    ["up to so many CPUs, by the one node there is", { limits: { cpu: "22" } }, { nodes: 1, resources: { cpu: "4" } }, [0, 5]],
    ["up to so many nodes", { limits: { nodes: "7" } }, three, [0, 7]],
    ["up to what comes first", { limits: { cpu: "22", memory: "64Gi", nodes: "7" } }, three, [0, 4]],
    ["up to whole nodes", { limits: { cpu: "23.9" } }, three, [0, 5]],
    ["up to so many in use, by what they hold where nobody counts them", { limits: { cpu: "22" } }, { resources: { ...three.resources, nodes: "6" } }, [0, 11]],
    ["up to so many, as they are counted now", { limits: { cpu: "24" } }, { ...three, nodes: 6 }, [0, 12]],
    ["up to nothing known, by a limit of something else", { limits: { "nvidia.com/gpu": "1" } }, three, [0, 1_000_000]],
    ["up to nothing known, while nothing is in use", { limits: { cpu: "8" } }, { nodes: 3 }, [0, 1_000_000]],
    ["up to nothing known, while none of what is in use is a node yet", { limits: { cpu: "8" } }, { resources: { cpu: "4" } }, [0, 1_000_000]],
    ["up to no number of nodes", { limits: { nodes: "-1" } }, three, [0, 1_000_000]],
    ["up to a number with a part", { limits: { nodes: "7.9" } }, three, [0, 7]],
    ["of no size that is one", { replicas: { a: 1 } }, three, [0, 1_000_000]],
    ["of no size that is one, but a list", { replicas: [4] }, three, [0, 1_000_000]],
    ["of a fixed size of none", { replicas: 0, limits: { nodes: "7" } }, three, [0, 0]],
    ["full", { limits: { cpu: "12" } }, three, [0, 3]],
    ["over its limit", { limits: { cpu: "8" } }, three, [0, 3]],
    ["empty, of nobody knows what size of nodes", { limits: { cpu: "8" } }, {}, [0, 1_000_000]],
    ["empty, and not to grow", { limits: { cpu: "0" } }, {}, [0, 0]],
    ["of a fixed size", { replicas: 4 }, three, [4, 4]],
    ["whose empty nodes stay", { disruption: { consolidateAfter: "Never" } }, three, [3, 1_000_000]],
    ["whose empty nodes go", { disruption: { consolidateAfter: "30s", budgets: [{ nodes: "10%" }] } }, three, [0, 1_000_000]],
    ["of which nothing may go", { disruption: { budgets: [{ nodes: "0" }] } }, three, [3, 1_000_000]],
    ["of which nothing empty may go", { disruption: { budgets: [{ nodes: "0%", reasons: ["Empty"] }] } }, three, [3, 1_000_000]],
    ["of which nothing may go, for no reason", { disruption: { budgets: [{ nodes: "0", reasons: [] }] } }, three, [3, 1_000_000]],
    ["of which nothing may go, by one of its budgets", { disruption: { budgets: [{ nodes: "10%" }, { nodes: "0" }] } }, three, [3, 1_000_000]],
    ["of which nothing drifted or empty may go", { disruption: { budgets: [{ nodes: "0", reasons: ["Drifted", "Empty"] }] } }, three, [3, 1_000_000]],
    ["of which nothing drifted may go", { disruption: { budgets: [{ nodes: "0", reasons: ["Drifted"] }] } }, three, [0, 1_000_000]],
    ["of which nothing may go at night", { disruption: { budgets: [{ nodes: "0", schedule: "0 0 * * *" }] } }, three, [0, 1_000_000]],
  ]; // prettier-ignore
  for (const [what, spec, status, expected] of sizes)
    it(`say how small and how large they get: ${what}`, () => {
      const { minSize, maxSize } = pool(spec, status);
      assert.deepEqual([minSize, maxSize], expected);
    });

  it("say how many nodes they have", () => {
    assert.deepEqual([pool({}, three).nodes, pool({}, { resources: { nodes: "2" } }).nodes, pool({}).nodes, pool({}, { nodes: 4, resources: { nodes: "2" } }).nodes], [3, 2, 0, 4]); // prettier-ignore
  });

  it("say whether something is wrong with them", () => {
    const health = (type: string, status: string) => pool({}, { conditions: [{ type, status }] }).health;
    assert.deepEqual(
      [health("Ready", "True"), health("Ready", "False"), health("NodeRegistrationHealthy", "False"), health("NodeRegistrationHealthy", "Unknown"), health("Other", "False")],
      ["Healthy", "Unhealthy", "Unhealthy", "Healthy", "Healthy"],
    ); // prettier-ignore
  });

  describe("in a cluster", () => {
    const api = useApiServer();
    const add = (name: string, spec: unknown = {}) => addObject(api.server, "karpenter.sh/v1/nodepools", { metadata: { name }, spec }); // prettier-ignore
    const claim = (nodePool: string, ageMs: number, ...types: string[]) =>
      addObject(api.server, "karpenter.sh/v1/nodeclaims", {
        metadata: { name: `${nodePool}-${ageMs}`, labels: { "karpenter.sh/nodepool": nodePool }, creationTimestamp: new Date(Date.now() - ageMs).toISOString() },
        status: { conditions: types.map((type) => ({ type, status: "True" })) },
      }); // prettier-ignore
    const inBackoff = async () => (await readNodePools(api.client)).pools.filter(({ backoff }) => backoff).map(({ pool }) => pool); // prettier-ignore

    it("are none where there is no Karpenter, and unknown where they may not be read", async () => {
      api.server.fail({ path: /nodepools/, fault: { status: 404 } });
      assert.deepEqual(await readNodePools(api.client), { pools: [] });
      api.server.fail({ path: /nodepools/, fault: { status: 403, file: "kubernetes-403-rbac.json" } });
      const { problem = "", ...rest } = await readNodePools(api.client);
      assert.match(problem, /^NodePools may not be read/);
      assert.deepEqual(rest, { pools: [] });
      const message = "conversion webhook for karpenter.sh/v1beta1, Kind=NodePool failed: no endpoints"; // aws/karpenter-provider-aws#7378
      api.server.fail({ path: /nodepools/, fault: { status: 500, body: { message, code: 500 } }, times: 99 });
      assert.match(
        (await readNodePools(api.client)).problem ?? "",
        /^NodePools cannot be read, .*no endpoints$/,
      );
      const gone = { ...api.client, send: () => Promise.reject(new Error("gone")) };
      await assert.rejects(
        readNodePools(gone),
        /^Error: gone$/,
        "who cannot be reached says nothing of pools",
      );
    });

    it("are in trouble while a machine that is asked for does not come", async () => {
      for (const name of ["a", "b", "c", "d"]) add(name);
      claim("a", 30_000);
      claim("b", 90_000);
      claim("c", 90_000, "Launched");
      claim("d", 3_600_000, "Launched", "Registered");
      assert.deepEqual(await inBackoff(), ["b"]);
      claim("c", 1_000_000, "Launched");
      assert.deepEqual(await inBackoff(), ["b", "c"]);
    });

    it("are in trouble since the machine was asked for, and no other pool is", async () => {
      for (const name of ["a", "b"]) add(name);
      claim("b", 90_000);
      const [a, b] = (await readNodePools(api.client)).pools;
      assert.deepEqual([a?.backoff, a?.since, b?.backoff], [false, undefined, true]);
      assert.ok(Math.abs(Date.now() - 90_000 - b!.since!) < 5000);
    });

    it("are not in trouble by machines of nobody's, or of no known age", async () => {
      add("a");
      addObject(api.server, "karpenter.sh/v1/nodeclaims", { metadata: { name: "x", labels: { "karpenter.sh/nodepool": "a" } } }); // prettier-ignore
      addObject(api.server, "karpenter.sh/v1/nodeclaims", { metadata: { name: "y", creationTimestamp: "2020-01-01T00:00:00Z" } }); // prettier-ignore
      addObject(api.server, "karpenter.sh/v1/nodeclaims", { metadata: { name: "z", labels: { "karpenter.sh/nodepool": "a" }, creationTimestamp: "2020-01-01T00:00:00Z" }, status: { conditions: 7 } }); // prettier-ignore
      assert.deepEqual(await inBackoff(), []);
    });

    it("are in trouble by a machine of which nobody knows whether it has come", async () => {
      add("a");
      const conditions = ["Launched", "Registered"].map((type) => ({ type, status: "Unknown" }));
      addObject(api.server, "karpenter.sh/v1/nodeclaims", { metadata: { name: "x", labels: { "karpenter.sh/nodepool": "a" }, creationTimestamp: new Date(Date.now() - 90_000).toISOString() }, status: { conditions } }); // prettier-ignore
      assert.deepEqual(await inBackoff(), ["a"]);
    });

    const planned = [{ type: "DisruptionReason", status: "True", reason: "Underutilized" }];
    const machines: [what: string, changes: { of?: string; type?: string; days?: number; deleted?: boolean; expireAfter?: unknown; conditions?: object[] }, reclaimed: boolean][] = [
      ["is interrupted (aws/karpenter-provider-aws#6103)", {}, true],
      ["is interrupted, after it has come", { conditions: ["Launched", "Registered"].map((type) => ({ type, status: "True" })) }, true],
      ["is there", { deleted: false }, false],
      ["is to be consolidated, or drifted", { conditions: planned }, false],
      ["was to be consolidated, and then not", { conditions: [{ ...planned[0], status: "False" }] }, true],
      ["is regular", { type: "on-demand" }, false],
      ["goes with its pool", { of: "gone" }, false],
      ["has expired", { days: 31 }, false],
      ["never expires", { days: 31, expireAfter: "Never" }, true],
      ["expires by no time that is one", { days: 31, expireAfter: 720 }, true],
      ["expires by hours, minutes and seconds, later", { days: 1, expireAfter: "23h59m61s" }, true],
      ["expires by hours, minutes and seconds", { days: 1, expireAfter: "23h59m60s" }, false],
    ]; // prettier-ignore
    for (const [what, { of = "spots", type = "spot", days = 2, deleted = true, expireAfter = "720h", conditions = [] }, reclaimed] of machines)
      it(`${reclaimed ? "lose" : "do not lose"} a machine that ${what}`, async () => {
        add("spots");
        const end = new Date();
        addObject(api.server, "karpenter.sh/v1/nodeclaims", {
          metadata: {
            name: "x",
            labels: { "karpenter.sh/nodepool": of, "karpenter.sh/capacity-type": type },
            creationTimestamp: new Date(end.getTime() - days * 86_400_000).toISOString(),
            ...(deleted && { deletionTimestamp: end.toISOString() }),
          },
          spec: { expireAfter },
          status: { nodeName: "n", conditions },
        });
        assert.deepEqual([...((await readNodePools(api.client)).reclaimed ?? [])], reclaimed ? ["n"] : []);
      }); // prettier-ignore

    it("are asked for their machines only where there are pools", async () => {
      assert.deepEqual(await readNodePools(api.client), { pools: [] });
      assert.equal(api.server.requests.length, 1);
    });

    it("that cannot be read count as in trouble, alone", async () => {
      add("good");
      add("bad", { limits: { cpu: "a lot" } });
      const { pools } = await readNodePools(api.client);
      assert.deepEqual(pools.map(({ pool, health }) => `${pool} ${health}`), ["good Healthy", "bad Unhealthy"]); // prettier-ignore
    });
  });
});

import assert from "node:assert/strict";
import { addObject } from "../testing/apiObjects.ts";
import { useApiServer } from "../testing/apiServer/use.ts";
import { readQuota, readQuotas } from "./quotas.ts";

describe("a ResourceQuota", () => {
  const left = (hard: object, used: object, spec: object = {}) =>
    readQuota({ metadata: { namespace: "demo", name: "q" }, spec, status: { hard, used } } as never)?.left;

  it("leaves what is not used yet, by whatever name it is called", () => {
    assert.deepEqual(left({ "requests.cpu": "2", pods: "10" }, { "requests.cpu": "1500m", pods: "10" }), {
      ...{ cpu: 500, pods: 0 },
    });
    assert.deepEqual(left({ memory: "1Gi", "count/pods": "3" }, { memory: "2Gi", "count/pods": "1" }), {
      ...{ memory: 0, pods: 2 },
    });
    const both = left({ cpu: "1", "requests.cpu": "2" }, { cpu: "0", "requests.cpu": "0" });
    assert.deepEqual(both, { cpu: 1000 });
    const other = left({ cpu: "2", "requests.cpu": "1" }, { cpu: "0", "requests.cpu": "0" });
    assert.deepEqual(other, { cpu: 1000 }, "whichever is less");
  });

  it("says nothing of what its controller has not counted, or of something else", () => {
    assert.equal(left({ cpu: "1" }, {}), undefined);
    assert.deepEqual(left({ cpu: "1" }, { cpu: "0", pods: "1" }), { cpu: 1000 });
    assert.equal(left({ services: "1" }, { services: "1" }), undefined);
  });

  it("leaves of limits, of scratch space, and of the ReplicaSets that new templates need", () => {
    const hard = { "limits.cpu": "2", "limits.memory": "1Gi", "requests.ephemeral-storage": "1Gi", "count/replicasets.apps": "9" }; // prettier-ignore
    const used = { "limits.cpu": "500m", "limits.memory": "0", "requests.ephemeral-storage": "1Gi", "count/replicasets.apps": "7" }; // prettier-ignore
    assert.deepEqual(left(hard, used), {
      limitsCpu: 1500,
      limitsMemory: 2 ** 30,
      storage: 0,
      replicaSets: 2,
    });
  });

  it("of some pods only says of which", () => {
    const scopesOf = (spec: object) =>
      readQuota({ metadata: { namespace: "demo", name: "q" }, spec, status: { hard: { pods: "1" }, used: { pods: "0" } } })?.scopes; // prettier-ignore
    const selector = (scopeName: string, operator: string, values?: string[]) => ({
      scopeSelector: { matchExpressions: [{ scopeName, operator, values }] },
    });
    assert.deepEqual(scopesOf(selector("PriorityClass", "In", ["high"])), [
      { of: "PriorityClass", operator: "In", values: ["high"] },
    ]);
    assert.deepEqual(scopesOf({ scopes: ["NotBestEffort", "CrossNamespacePodAffinity"] }), [
      { of: "CrossNamespacePodAffinity", operator: "Exists", values: [] },
    ]);
    for (const spec of [
      selector("VolumeAttributesClass", "Exists"),
      selector("PriorityClass", "Near"),
      { scopes: ["Terminating"] },
    ])
      assert.equal(scopesOf(spec), undefined, "none of our pods, or nobody knows which");
    assert.equal(scopesOf({}), undefined);
  });

  it("of a scope counts where each of our pods is in it", () => {
    const [hard, used] = [{ pods: "1" }, { pods: "1" }];
    assert.deepEqual(left(hard, used, { scopes: ["NotTerminating"] }), { pods: 0 });
    assert.equal(left(hard, used, { scopes: ["BestEffort"] }), undefined);
    assert.deepEqual(left(hard, used, { scopeSelector: { matchExpressions: [] } }), { pods: 0 });
  });

  const api = useApiServer();
  it("is unknown where nobody may list them, and where one cannot be read, and nothing else", async () => {
    const add = (name: string, hard: object) =>
      addObject(api.server, "resourcequotas", { metadata: { name, namespace: "demo" }, spec: {}, status: { hard, used: { pods: "1" } } }); // prettier-ignore
    add("odd", { pods: 7 });
    add("q", { pods: "3" });
    assert.deepEqual(await readQuotas(api.client), [{ namespace: "demo", name: "q", left: { pods: 2 } }]);
    for (const status of [403, 404]) {
      api.server.fail({ path: /resourcequotas/, fault: { status } });
      assert.deepEqual(await readQuotas(api.client), [], String(status));
    }
    api.server.fail({ path: /resourcequotas/, fault: { status: 400 } });
    await assert.rejects(readQuotas(api.client), /resourcequotas: 400/);
  });
});

import assert from "node:assert/strict";
import { readQuota } from "./quotas.ts";

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
  });

  it("says nothing of what its controller has not counted, or of something else", () => {
    assert.equal(left({ cpu: "1" }, {}), undefined);
    assert.equal(left({ services: "1" }, { services: "1" }), undefined);
  });

  it("of a scope counts where each of our pods is in it", () => {
    const [hard, used] = [{ pods: "1" }, { pods: "1" }];
    assert.deepEqual(left(hard, used, { scopes: ["NotTerminating"] }), { pods: 0 });
    assert.equal(left(hard, used, { scopes: ["BestEffort"] }), undefined);
    assert.equal(left(hard, used, { scopeSelector: { matchExpressions: [] } }), undefined);
  });
});

import assert from "node:assert/strict";
import { readOwnership } from "./ownership.ts";

const inTemplate = (fields: object) => ({ "f:spec": { "f:template": { "f:spec": fields } } });
const tolerations = inTemplate({ "f:tolerations": {} });
const nodeAffinity = inTemplate({ "f:affinity": { "f:nodeAffinity": { "f:preferredDuring…": {} } } });

function buildEntry(manager: string, operation: string, fieldsV1: object, subresource?: string) {
  return { manager, operation, fieldsV1, subresource };
}

describe("who owns the placement", () => {
  it("is nobody in a workload that was never placed", () => {
    const other = inTemplate({ "f:containers": {}, "f:affinity": { "f:podAntiAffinity": {} } });
    const entries = [
      buildEntry("kubectl", "Update", other),
      buildEntry("spot-balancer", "Apply", { "f:metadata": {} }),
    ];
    assert.deepEqual(readOwnership(entries), { placement: "regular" });
    assert.deepEqual(readOwnership(undefined), { placement: "regular" });
  });

  it("is us after a move to spot", () => {
    assert.deepEqual(readOwnership([buildEntry("spot-balancer", "Apply", tolerations)]), {
      placement: "spot",
    });
    assert.deepEqual(readOwnership([buildEntry("spot-balancer", "Apply", nodeAffinity)]), {
      placement: "spot",
    });
  });

  it("is somebody else, by either field and by any kind of write", () => {
    for (const entry of [
      buildEntry("helm", "Update", tolerations),
      buildEntry("pulumi", "Apply", nodeAffinity),
      buildEntry("kubectl", "Update", inTemplate({ "f:affinity": { "f:nodeAffinity": {} } })),
      buildEntry("spot-balancer", "Update", tolerations),
    ]) {
      assert.deepEqual(readOwnership([entry]), { placement: "regular", placementOwner: entry.manager });
    }
  });

  it("may be both, when somebody wrote the same values after us", () => {
    const entries = [
      buildEntry("spot-balancer", "Apply", tolerations),
      buildEntry("pulumi", "Apply", tolerations),
    ];
    assert.deepEqual(readOwnership(entries), { placement: "spot", placementOwner: "pulumi" });
  });

  it("is not told by a status write", () => {
    assert.deepEqual(readOwnership([buildEntry("kubelet", "Update", tolerations, "status")]), {
      placement: "regular",
    });
  });
});

import assert from "node:assert/strict";
import { missingBelow } from "./waiting.ts";

const configured = ["base-dev", "db-dev", "deploy-dev", "deploy-edge"];

describe("missingBelow", () => {
  it("names the layers below that are not deployed yet", () => {
    assert.deepEqual(missingBelow("deploy-dev", configured, []), ["base-dev", "db-dev"]);
    assert.deepEqual(missingBelow("deploy-dev", configured, [{ stack: "base-dev" }]), ["db-dev"]);
    assert.deepEqual(
      missingBelow("deploy-dev", configured, [{ stack: "base-dev" }, { stack: "db-dev" }]),
      [],
    );
  });

  it("waits for nothing at the bottom, nor for layers that the environment does not have", () => {
    assert.deepEqual(missingBelow("base-dev", configured, []), []);
    assert.deepEqual(missingBelow("deploy-edge", configured, []), []);
  });
});

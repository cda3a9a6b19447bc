// Which stacks stand on which.
import assert from "node:assert/strict";
import { refuseUndermining, standingOn } from "./guard.ts";

describe("destroy guard", () => {
  const cases: [stack: string, deployed: string[], above: string[]][] = [
    ["base-local", ["base-local", "db-local", "deploy-local"], ["deploy-local", "db-local"]],
    ["base-local", ["base-local", "deploy-local"], ["deploy-local"]],
    ["db-local", ["base-local", "db-local", "deploy-local"], ["deploy-local"]],
    ["deploy-local", ["base-local", "db-local", "deploy-local"], []],
    ["base-local", ["base-local"], []],
    ["base-local", ["base-dev", "db-dev", "deploy-dev"], []],
    ["base-local", ["something", "other-local"], []],
  ];
  for (const [stack, deployed, above] of cases) {
    it(`${stack} carries ${above.join(", ") || "nothing"} of ${deployed.join(", ")}`, () => {
      assert.deepEqual(standingOn(stack, deployed), above);
    });
  }

  it("refuses by name, and says the order", () => {
    assert.throws(
      () => refuseUndermining("base-local", ["db-local", "deploy-local", "base-local"]),
      /deploy-local and db-local still stand on it\. Destroy in this order: deploy-local, db-local, base-local/,
    );
    refuseUndermining("deploy-local", ["db-local", "deploy-local", "base-local"]);
  });
});

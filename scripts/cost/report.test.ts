import assert from "node:assert/strict";
import type { CostRow, Estimate } from "../../stacks/cost/model.ts";
import { costAsText, drivers } from "./report.ts";

const buildRow = (item: string, min: number, max: number, price?: number): CostRow => ({
  resource: "pool",
  item,
  count: { min, max },
  ...(price !== undefined && { regular: price, monthly: { min: min * price, max: max * price } }),
});

const buildEstimate = (changes: Partial<Estimate> = {}): Estimate => ({
  currency: "USD",
  asOf: "2026-10-09",
  region: "eastus",
  rows: [buildRow("load balancer", 1, 1, 18.25), buildRow("disk", 1, 5, 5), buildRow("node", 1, 5, 30)],
  total: { min: 53.25, max: 193.25 },
  allRegular: { min: 53.25, max: 193.25 },
  saving: { min: 0, max: 0 },
  unknown: [],
  ...changes,
});

describe("drivers", () => {
  it("names what moves the cost, the largest first, and nothing that is fixed", () => {
    assert.deepEqual(drivers(buildEstimate()), [
      "pool: node 1 – 5: up to USD 120.00 more",
      "pool: disk 1 – 5: up to USD 20.00 more",
    ]);
  });
});

describe("costAsText", () => {
  it("starts with the range, and shows every row", () => {
    const text = costAsText("base-dev", buildEstimate());
    assert.match(text, /^base-dev: USD 53 – 193 a month \(eastus, list prices of 2026-10-09\)/);
    assert.match(text, /load balancer .* 18\.25/);
  });

  it("shows a price that nobody states as unknown, and says what is missing", () => {
    const rows = [buildRow("Standard_X9 node (spot)", 0, 2)];
    const text = costAsText("base-dev", buildEstimate({ rows, unknown: ["Price of Standard_X9 unknown."] }));
    assert.match(text, /Standard_X9 node \(spot\).*unknown.*unknown.*unknown.*unknown/);
    assert.match(text, /Not known:\n- Price of Standard_X9 unknown\./);
  });

  it("needs no table for a stack that costs nothing by itself", () => {
    assert.equal(
      costAsText("deploy-dev", buildEstimate({ rows: [] })),
      "deploy-dev: nothing that Azure bills by itself\n",
    );
  });
});

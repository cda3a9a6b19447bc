import assert from "node:assert/strict";
import { quantity } from "./quantity.ts";

describe("quantities of the process node", () => {
  const table: [text: string, expected: number][] = [
    ["2", 2],
    ["250m", 0.25],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["64M", 64e6],
    ["1e3", 1000],
    ["2E", 2e18],
    ["1E3", 1000],
    ["0", 0],
  ];
  for (const [text, expected] of table)
    it(`${text} → ${expected}`, () => assert.equal(quantity(text), expected));

  for (const text of ["", "x", "1Q", "1.2.3", "5 Mi"])
    it(`refuses "${text}"`, () => assert.throws(() => quantity(text), /expected a Kubernetes quantity/));
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "./row.ts";
import { withSaving } from "./written.ts";

const row = (trace: string, strategy: string, share: number, availability: number): Row => ({
  ...{ trace, strategy, share, availability },
  ...{ byTier: {}, movesPerDay: 0, pending: 0, unavailable: 0 },
});
const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

describe("the table of what is saved", () => {
  it("takes its place in the README, and leaves the other one", () => {
    const rows = [
      row("a", "nothing", 0, 0.9996),
      row("a", "ours", 0.5, 0.998),
      row("b", "ours", 0.9, 0.9995),
    ];
    const written = withSaving(readme, rows, 30, "once");
    assert.ok(
      written.includes("| a | 0.0 % @ 0.040 % | 50.0 % @ 0.200 % | 50.0 % | 50.0 % | 0.0 % |"),
      written,
    );
    assert.equal(withSaving(written, rows, 30, "once"), written);
    const before = (text: string) => text.slice(0, text.indexOf("<!-- saving, notice 30 s"));
    assert.equal(before(written), before(readme));
  });

  it("needs its place", () => assert.throws(() => withSaving(readme, [], 7, ""), /expected the lines/));
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { saidByK6 } from "./k6.ts";

describe("what k6 says of its load", () => {
  const metrics = readFileSync(join(import.meta.dirname, "testdata/k6-metrics-one-failed.json"), "utf8");

  it("is read from its metrics, failures with it", () => {
    const { p50, p99, ...counts } = saidByK6(metrics);
    assert.deepEqual(counts, { requests: 21, failed: 1 });
    assert.deepEqual([p50.toFixed(1), p99.toFixed(1)], ["11.4", "48.4"]);
  });

  it("is not taken for nothing when it is something else", () => {
    assert.throws(() => saidByK6(metrics.replace("http_reqs", "requests")), /http_reqs/);
  });
});

// `npm run simulate` on the example's whole day, as a person types it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Comparison } from "./simulate/compare.ts";

describe("npm run simulate", () => {
  it("plays the example's day: cheaper than doing nothing, never below the bound, budgets kept", () => {
    const main = join(import.meta.dirname, "simulate.ts");
    const files = ["spot.json", "load.csv", "policy.yaml", "cluster.yaml"].map((name) =>
      join(import.meta.dirname, "simulate/examples", name),
    ) as [string, ...string[]];
    const flags = ["--spot", "--load", "--policy", "--cluster"].flatMap((flag, i) => [flag, files[i]!]);
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...flags, "--output", "json"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const { balanced, nothing, best, saving, hours } = JSON.parse(stdout) as Comparison;
    assert.equal(hours, 24);
    assert.equal(balanced.rounds, 24 * 60);
    assert.ok(best.cost <= balanced.cost && balanced.cost < nothing.cost);
    assert.ok(saving.share > 0.2, `saves ${saving.share}`);
    assert.deepEqual([balanced.budgetViolations, nothing.budgetViolations], [0, 0]);
    assert.ok(balanced.nodesLost > 0, "the cloud took nodes");
    assert.ok(balanced.podMinutes.pending < balanced.podMinutes.running / 500);
    assert.equal(balanced.workloads.find(({ tier }) => tier === "critical")!.spotShare, 0);
  });
});

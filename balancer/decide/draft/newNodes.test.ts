// What several that come back to regular leave each other of nodes that are yet to come.
import assert from "node:assert/strict";
import type { Snapshot } from "../../model.ts";
import { buildNode, buildWorkload } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";
import { volumes } from "../../testing/refusals/case.ts";

const regular = buildNode("regular", "r1");
const nodes = [regular, ...["s1", "s2"].map((name) => buildNode("spot", name))];
const upTo = (maxSize: number): Partial<Snapshot> => ({
  poolHealth: [{ pool: "regular", health: "Healthy", backoff: false, minSize: 1, maxSize }],
});
const sized = (cpu: number, more: object = {}) => ({
  template: { requests: { cpu, memory: 1000 }, ...more },
});

/** Busy ones on a spot node each, the most important first; of regular's 2000 millicores so many are taken. */
function said(filled: number, sizes: Record<string, object>, parts: Partial<Snapshot>): string[] {
  const busy = Object.entries(sizes).map(([name, changes], i): Running => {
    return [buildWorkload(name, { placement: "spot", ...changes }), [`s${i + 1}`], 0.9];
  });
  const others = buildWorkload("others", { namespace: "x", ...sized(filled) });
  const { moves, refusals } = planFor({ nodes, ...running(...busy, [others, ["r1"]]), ...parts });
  return [
    ...moves.map(({ workload, reason, growsBy = 0 }) => `${workload.name} ${reason} +${growsBy}`),
    ...refusals.map(({ workload, reason }) => `${workload.name} ${reason}`),
  ];
}

describe("nodes that regular has yet to add", () => {
  it("are left to the next one where they would not be enough", () => {
    // 1900 and 1950 of 4000 are above the mark; 1900 and 900 are not.
    const both = said(1900, { z: sized(1950), a: sized(900) }, upTo(2));
    assert.deepEqual(both, ["a Busy +1", "z AboveWaterMark"]);
  });

  it("are taken once", () => {
    const both = (maxSize: number) => said(1900, { z: sized(1500), a: sized(1500) }, upTo(maxSize));
    assert.deepEqual(both(2), ["z Busy +1", "a AboveWaterMark"]);
    assert.deepEqual(both(3), ["z Busy +1", "a Busy +1"]);
  });

  it("are not asked for where it fits and only the mark is in the way; the room stays free", () => {
    assert.deepEqual(said(900, { z: sized(1000), a: sized(300) }, upTo(2)), [
      "a Busy +0",
      "z AboveWaterMark",
    ]);
  });

  it("are not asked for by what finds room and something else in its way: a new node would be like the others", () => {
    const disk = new Map([["disk.csi.azure.com", 2]]);
    const web = sized(100, { volumes: { ...volumes, emptyDir: false, attachments: disk } });
    const few = { ...regular, attachable: new Map([["disk.csi.azure.com", 1]]) };
    const parts = { ...upTo(5), nodes: [few, ...nodes.slice(1)] };
    assert.deepEqual(said(100, { web }, parts), ["web VolumeLimit"]);
  });
});

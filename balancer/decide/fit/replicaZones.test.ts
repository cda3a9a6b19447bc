// Which replica's disk is used up by which zone.
import assert from "node:assert/strict";
import { buildNode, buildPolicy, noon } from "../../testing/builders.ts";
import { viewNode } from "../nodeView.ts";
import { zoneLabel } from "./nodeFit.ts";
import { ReplicaZones } from "./replicaZones.ts";

const inZone = (zone?: string) => {
  const labels: Record<string, string> = zone === undefined ? {} : { [zoneLabel]: zone };
  return viewNode(buildNode("regular", "n", { labels }), 0, buildPolicy(), noon);
};

describe("replicas with disks in zones", () => {
  const cases: [what: string, zones: string[][], count: number, placed: (string | undefined)[], left: Record<string, boolean>][] = [
    ["each go to their own once", [["a"], ["b"]], 2, ["a"], { a: false, b: true }],
    ["leave a zone to who has no other", [["a", "b"], ["a"]], 2, ["a"], { a: true, b: true }],
    ["leave it so in any order", [["a"], ["a", "b"]], 2, ["a"], { a: true, b: true }],
    ["of which some have none go anywhere, once their own are used up", [["a"]], 3, ["a", "c"], { a: true, c: true }],
    ["are so many and no more", [["a"]], 2, ["a", "c"], { a: false, c: false }],
    ["need none of a node without a zone", [["a"]], 2, [undefined], { a: true, c: false }],
    ["may be fewer than there are disks: any of them", [["a"], ["b"]], 1, [], { a: true, b: true, c: false }],
  ]; // prettier-ignore
  for (const [what, zones, count, placed, left] of cases)
    it(what, () => {
      const replicas = new ReplicaZones(zones, count);
      for (const zone of placed) replicas.placed(inZone(zone));
      const allowed = Object.keys(left).map((zone) => [zone, replicas.allows(inZone(zone))]);
      assert.deepEqual(Object.fromEntries(allowed), left);
    });
});

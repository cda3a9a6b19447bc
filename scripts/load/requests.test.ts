import assert from "node:assert/strict";
import { seededChance } from "../simulate/chance.ts";
import type { Sample } from "../../k8s/backend/src/schemas.ts";
import { buildSample, isSample } from "../../k8s/backend/testing/samples.ts";
import type { LoadRequest } from "./profile.ts";
import { type Filling, fill, needsMachines, pick, sampleKeys } from "./requests.ts";

const buildRequest = (changes: Partial<LoadRequest>): LoadRequest => ({
  ...{ weight: 1, record: false },
  ...changes,
});
const noon = Date.UTC(2026, 10, 21, 12);
const buildFilling = (changes: Partial<Filling> = {}): Filling => ({
  ...{ nextKey: sampleKeys(() => noon), machines: ["m/1"], random: () => 0.5 },
  ...changes,
});
const post = buildRequest({ post: "/api/samples", body: "sample" });

describe("requests of a user", () => {
  it("are picked as often as their weights say", () => {
    const requests = [1, 3].map((weight) => buildRequest({ get: "/", weight }));
    const random = seededChance(3);
    const picked = Array.from({ length: 4000 }, () => pick(requests, random));
    const heavy = picked.filter(({ weight }) => weight === 3).length;
    assert.ok(Math.abs(heavy - 3000) < 100, `got ${heavy}`);
  });

  it("name a machine that the API has", () => {
    const request = buildRequest({ get: "/api/history?machine={machine}" });
    assert.ok(needsMachines(request) && !needsMachines(post));
    assert.deepEqual(fill(request, buildFilling()), { method: "GET", path: "/api/history?machine=m%2F1" });
  });

  for (const [name, record] of [
    ["invented", undefined],
    ["kept", buildSample({ machine: "other" })],
  ] as const) {
    it(`carry a sample that the API takes as new: ${name}`, () => {
      const { body } = fill(post, buildFilling({ record }));
      const sample = JSON.parse(body!) as Sample;
      assert.ok(isSample(sample));
      assert.deepEqual([sample.machine, sample.time], ["load-0", "2026-11-21T12:00:00.000Z"]);
      assert.deepEqual(sample.processes, record?.processes);
    });
  }

  it("never carry the same key twice, however many are sent within a millisecond or the clock is set back", () => {
    let now = noon;
    const nextKey = sampleKeys(() => now);
    const keys = Array.from({ length: 2000 }, (_, index) => {
      if (index === 1000) now -= 5000;
      if (index === 1500) now = noon + 60_000;
      const { machine, time } = nextKey();
      return `${machine} ${time}`;
    });
    assert.equal(new Set(keys).size, 2000);
    assert.deepEqual(
      [keys[999], keys.at(-1)],
      ["load-9 2026-11-21T12:00:00.099Z", "load-9 2026-11-21T12:01:00.049Z"],
    );
  });
});

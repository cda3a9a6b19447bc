// Laws of carrying out a plan: whatever comes between any two requests, nothing is done that was not planned so.
import assert from "node:assert/strict";
import fc from "fast-check";
import { again, randomSeed } from "./testing/laws/sampled.ts";
import { type Seen, actUnder } from "./testing/actingUnderTrouble.ts";
import { Acting } from "./testing/acting.ts";
import { type ActSpec, type Interruption, actSpec } from "./testing/specs/actSpec.ts";
import { countsMatter, runs } from "./testing/specs/generators.ts";

describe(`laws of acting (${again})`, function () {
  this.timeout(runs(300_000));
  const acting = new Acting();
  const found: Record<string, number> = {};
  const count = (what: string) => (found[what] = (found[what] ?? 0) + 1);

  async function play(spec: ActSpec): Promise<Seen> {
    // Where the machine is busy an answer comes late; then it would be lost though no interruption says so.
    await acting.setUp(10_000);
    try {
      return await actUnder(acting, spec);
    } finally {
      await acting.server.stop();
    }
  }

  for (const [seed, cases] of [
    [1, 150],
    [randomSeed, 50],
  ] as const) {
    it(`hold whatever happens between two requests (seed ${seed})`, async () => {
      const property = fc.asyncProperty(actSpec, async (spec) => {
        const seen = await play(spec);
        for (const law of Object.values(laws)) law(seen);
        for (const what of seen.happened) count(String(what));
        for (const { result, reason } of seen.outcomes) count(`${result} ${reason}`);
      });
      await fc.assert(property, { seed, numRuns: runs(cases) });
    });
  }

  (countsMatter ? it : it.skip)("were asked about every interruption, and every kind of outcome", () => {
    const interruptions: Interruption["what"][] = [
      ...(["leaseLost", "stop", "cut", "cutAfterDoing", "changed", "replaced", "gone"] as const),
      ...([403, 409, 422, 429, 500] as const),
    ];
    const outcomes = [
      ...["Done Applied", "Done Evicted", "Skipped Changed", "Skipped LeaseLost", "Skipped Stopped"],
      ...["Skipped DisruptionBudget", "Failed Unreachable", "Failed Rejected", "Done PartlyEvicted"],
    ];
    const tooFew = [...interruptions, ...outcomes].filter((what) => (found[what] ?? 0) < 3);
    assert.deepEqual(tooFew, [], JSON.stringify(found));
  });
});

const laws = {
  "each move has an outcome, in the plan's order": ({ moves, outcomes }: Seen) => {
    assert.deepEqual(outcomes.map(({ move }) => move), moves); // prettier-ignore
  },
  "nothing is written but what a move names": ({ writes }: Seen) => {
    for (const { request, move } of writes) assert.ok(move, `${request.method} ${request.path}`);
  },
  "a pod is evicted by its uid, and of a move that changes the template only once that is changed": ({
    writes,
  }: Seen) => {
    for (const { request, move, wasApplied } of writes) {
      if (!request.path.endsWith("/eviction") || !move) continue;
      const name = request.path.split("/").at(-2);
      const planned = [...move.evictions, ...(move.makesRoom ?? [])].find((pod) => pod.name === name)!;
      const { deleteOptions } = request.body as { deleteOptions: { preconditions: { uid: string } } };
      assert.equal(deleteOptions.preconditions.uid, planned.uid);
      const isRoom = move.makesRoom?.includes(planned) ?? false;
      assert.ok(
        isRoom || !move.placement || wasApplied,
        `${name} is evicted, and ${move.workload.name} is not placed`,
      );
    }
  },
  "a placement is written once, and only when the room for it is free": ({ writes, happened }: Seen) => {
    const applies = writes.filter(({ request }) => request.method === "PATCH");
    for (const { move, roomIsFree } of applies) assert.ok(roomIsFree, move?.workload.name);
    const names = applies.map(({ move }) => move?.workload.name);
    // Of a server without time the client asks again.
    if (!happened.has(429) && !happened.has(500)) assert.equal(new Set(names).size, names.length);
  },
  "without the Lease nothing more is written": ({ writesAfterLeaseWasLost }: Seen) => {
    assert.equal(writesAfterLeaseWasLost, 0);
  },
  "what is said to be done was done, and what is said not to be was not": ({
    outcomes,
    applied,
    happened,
  }: Seen) => {
    for (const { move, result, reason } of outcomes) {
      if (!move.placement) continue;
      const wasDone = applied.has(move.workload.name);
      if (result === "Done") assert.ok(wasDone, `${move.workload.name}: ${reason}`);
      // Where an answer was lost, and the question after it too, nobody can know.
      else if (!happened.has("cutAfterDoing"))
        assert.ok(!wasDone, `${move.workload.name}: ${result} ${reason}`);
    }
  },
};

// A loop that goes on, whatever its work does.
import assert from "node:assert/strict";
import { waitFor } from "./waitFor.ts";
import { repeat } from "./repeat.ts";

describe("repeat", () => {
  it("goes on after errors, says each once until it has gone, never overlaps, and waits for its last round when stopped", async () => {
    const said: string[] = [];
    let rounds = 0;
    let inside = 0;
    const ending = new AbortController();
    const loop = repeat(
      "work",
      1,
      async () => {
        inside++;
        assert.equal(inside, 1);
        rounds++;
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        if (rounds <= 3) throw new Error("no luck\nat all");
        if (rounds === 4 || rounds === 6) throw new Error("worse");
      },
      (line) => said.push(line),
      ending.signal,
    );
    await waitFor(() => rounds > 8, { what: "some rounds", timeoutMs: 50_000, intervalMs: 1 });
    ending.abort();
    await loop;
    const after = rounds;
    assert.equal(inside, 0);
    assert.deepEqual(said, ["work: no luck", "work: worse", "work: worse"]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(rounds, after);
  });
});

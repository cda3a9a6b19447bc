// Up and down, since when, and who is told.
import assert from "node:assert/strict";
import { Link } from "./link.ts";

describe("a link", () => {
  it("tells of each change once, and of a new problem without one", () => {
    let now = 0;
    const link = new Link("not read yet", () => now);
    const told: unknown[] = [];
    link.on("change", (state) => told.push(state));
    const at = (ms: number, change: () => void): unknown => {
      now = ms;
      change();
      return link.state;
    };
    const time = (ms: number) => new Date(ms).toISOString();
    assert.deepEqual(link.state, { up: false, since: time(0), problem: "not read yet" });
    assert.deepEqual(at(1000, () => link.setDown("gone")), { up: false, since: time(0), problem: "gone" }); // prettier-ignore
    const up = at(2000, () => link.setUp());
    assert.deepEqual(up, { up: true, since: time(2000), problem: null });
    assert.equal(at(3000, () => link.setUp()), up); // prettier-ignore
    const down = at(4000, () => link.setDown("cut"));
    assert.deepEqual(down, { up: false, since: time(4000), problem: "cut" });
    assert.deepEqual(told, [up, down]);
  });
});

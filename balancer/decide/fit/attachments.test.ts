// How many volumes a node still takes.
import assert from "node:assert/strict";
import { Attached } from "./attachments.ts";

const volumes = (counts: Record<string, number>) => new Map(Object.entries(counts));

describe("volumes that are attached to a node", () => {
  it("are up to its limit, of each driver by itself, and of one without a limit any number", () => {
    const attached = new Attached(volumes({ disk: 4, file: 1 }));
    attached.add(volumes({ disk: 2, other: 1000 }), 1);
    assert.equal(attached.hasRoomFor(volumes({ disk: 2, file: 1, other: 1 })), true);
    assert.equal(attached.hasRoomFor(volumes({ disk: 3 })), false);
    assert.equal(attached.hasRoomFor(volumes({ disk: 1, file: 2 })), false);
    assert.equal(attached.hasRoomFor(volumes({})), true);
  });

  it("leave as much room as they took", () => {
    const attached = new Attached(volumes({ disk: 4 }));
    for (const times of [1, 1, -1] as const) attached.add(volumes({ disk: 2 }), times);
    assert.deepEqual([2, 3].map((disk) => attached.hasRoomFor(volumes({ disk }))), [true, false]); // prettier-ignore
  });
});

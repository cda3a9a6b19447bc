// What the emulated Azure remembers: for this user alone, and in the order in which it can go.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resource } from "./resourceType.ts";
import { Store } from "./store.ts";

const build = (id: string): Resource => ({ id, token: "t", urn: "u", inputs: {}, outputs: {} });

describe("the emulated Azure's memory", () => {
  const folder = mkdtempSync(join(tmpdir(), "sb-store-"));
  after(() => rmSync(folder, { recursive: true }));

  it("is for this user alone, also where a crash left half of it behind", () => {
    const file = join(folder, "azure.json");
    const mode = () => statSync(file).mode & 0o777;
    new Store(file).put(build("/g"));
    assert.equal(mode(), 0o600);
    writeFileSync(`${file}.new`, "half", { mode: 0o644 });
    new Store(file).put(build("/g/a"));
    assert.equal(mode(), 0o600);
    assert.equal(new Store(file).list().length, 2);
  });

  it("gives up the innermost first, and of those the newest", () => {
    const store = new Store();
    for (const id of ["/g", "/g/a", "/g/a/1", "/g/a/2", "/g/b", "/g2"]) store.put(build(id));
    assert.deepEqual(
      store.within("/G").map(({ id }) => id),
      ["/g/a/2", "/g/a/1", "/g/b", "/g/a", "/g"],
    );
  });
});

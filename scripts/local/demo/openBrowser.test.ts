// Opening a browser, with an opener that is not one.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../waitFor.ts";
import { openBrowser } from "./openBrowser.ts";

describe("opening the page", () => {
  const path = process.env["PATH"];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "opener-"));
    process.env["PATH"] = folder;
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("hands the address to the desktop's own opener", async () => {
    const [opener, opened] = [join(folder, "xdg-open"), join(folder, "opened")];
    writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > ${opened}\n`);
    chmodSync(opener, 0o700);
    assert.equal(await openBrowser("http://127.0.0.9"), undefined);
    await waitFor(() => existsSync(opened) && readFileSync(opened, "utf8") === "http://127.0.0.9", {
      what: "the opener to be called",
      timeoutMs: 50_000,
      intervalMs: 10,
    });
  });

  it("says why it cannot", async () => {
    assert.match((await openBrowser("http://127.0.0.9")) ?? "", /xdg-open ENOENT/);
  });
});

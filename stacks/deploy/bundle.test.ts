// A program as one file, started in the way of the pod.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";

describe("bundle", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bundle-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("starts from its ConfigMap with its arguments, CommonJS packages included", async () => {
    const entry = join(folder, "entry.ts");
    writeFileSync(
      entry,
      `import yaml from ${JSON.stringify(fileURLToPath(import.meta.resolve("yaml")))};
       declare const require: (name: string) => { sep: string };
       const args: string[] = process.argv.slice(2);
       console.log(JSON.stringify({ args, main: import.meta.main, yaml: yaml.parse("a: 1"), sep: require("node:path").sep }));`,
    );
    const { gzip } = await bundle(entry);
    const [mount, scratch] = [join(folder, "program"), join(folder, "tmp")];
    mkdirSync(mount);
    mkdirSync(scratch);
    writeFileSync(join(mount, "main.mjs.gz"), gzip);
    cpSync(new URL("unpack.js", import.meta.url), join(mount, "unpack.mjs"));

    const text = execFileSync(
      process.execPath,
      [`--import=${join(mount, "unpack.mjs")}`, join(scratch, "main.mjs"), "--output=json", "x"],
      { encoding: "utf8", cwd: "/" },
    );
    assert.deepEqual(JSON.parse(text), {
      args: ["--output=json", "x"],
      main: true,
      yaml: { a: 1 },
      sep: "/",
    });
  });

  it("is the same for the same source, and another for another", async () => {
    const entry = join(folder, "entry.ts");
    const build = async (text: string) => {
      writeFileSync(entry, text);
      return (await bundle(entry)).sha256;
    };
    const first = await build("console.log(1)");
    assert.equal(await build("console.log(1) // the same program"), first);
    assert.notEqual(await build("console.log(2)"), first);
  });

  it("says what cannot be built", async () => {
    await assert.rejects(bundle(join(folder, "missing.ts")), /missing\.ts/);
  });
});

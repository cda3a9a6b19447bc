import assert from "node:assert/strict";
import { join } from "node:path";
import { findInstalled, toolVariable } from "./installed.ts";
import { sameMinor } from "./version.ts";
import { buildToolSpec, temporaryFolder, writeProgram } from "./testing/releases.ts";

const wanted = { major: 0, minor: 8, patch: 0 };
const tool = buildToolSpec({ name: "some-tool", compatible: sameMinor });

describe("programs that are on this machine", () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const program = (place: string, version: string): string =>
    writeProgram(join(folder.path, place), "some-tool", `echo "some-tool version v${version}"`);

  it("are taken from the tool's environment variable first", async () => {
    const named = program("named", "0.8.3");
    const found = program("path", "0.8.1");
    const env = { SPOT_BALANCER_SOME_TOOL: named, PATH: join(found, "..") };
    assert.deepEqual(await findInstalled(tool, wanted, env), { file: named, notes: [] });
  });

  it("are ignored with a note when their version cannot stand in", async () => {
    const named = program("old", "0.7.9");
    const found = program("path", "0.8.1");
    const { file, notes } = await findInstalled(tool, wanted, {
      SPOT_BALANCER_SOME_TOOL: named,
      PATH: join(found, ".."),
    });
    assert.equal(file, found);
    assert.deepEqual(notes, [
      `SPOT_BALANCER_SOME_TOOL=${named} is ignored: it is version 0.7.9, which cannot stand in for 0.8.0`,
    ]);
  });

  it("are searched in every folder of PATH, past one that does not fit", async () => {
    const path = [program("first", "9.0.0"), program("second", "0.8.2")]
      .map((file) => join(file, ".."))
      .join(":");
    const { file, notes } = await findInstalled(tool, wanted, { PATH: path });
    assert.equal(file, join(folder.path, "second", "some-tool"));
    assert.match(notes.join(), /first\/some-tool, found on PATH, is ignored: it is version 9\.0\.0/);
  });

  it("are ignored when they do not answer, or tell no version", async () => {
    for (const [script, reason] of [
      ["exit 3", /does not answer to --version/],
      ["echo unknown", /tells no version \(unknown\)/],
    ] as const) {
      const file = writeProgram(join(folder.path, "broken"), "some-tool", script);
      const { file: found, notes } = await findInstalled(tool, wanted, { PATH: join(file, "..") });
      assert.equal(found, undefined);
      assert.match(notes.join(), reason);
    }
  });

  it("without any there is nothing to note", async () => {
    assert.deepEqual(await findInstalled(tool, wanted, { PATH: "/nowhere" }), { notes: [] });
  });

  it("are named by variables in upper case", () => {
    assert.equal(toolVariable("kube-controller-manager"), "SPOT_BALANCER_KUBE_CONTROLLER_MANAGER");
  });
});

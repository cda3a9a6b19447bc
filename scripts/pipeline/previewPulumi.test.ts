import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../local/index.ts";
import { previewPulumi, readDigest } from "./previewPulumi.ts";

const urn = (type: string, name: string) => `urn:pulumi:base-dev::spot-balancer::${type}::${name}`;

/** As `pulumi preview --json` 3.270 prints it; values are shortened. */
const digest = {
  steps: [
    { op: "same", urn: urn("pulumi:pulumi:Stack", "spot-balancer-base-dev"), detailedDiff: null },
    { op: "same", urn: urn("azure-native:network:Subnet", "nodes"), detailedDiff: null },
    { op: "create", urn: urn("azure-native:containerservice:AgentPool", "pool-spot2"), detailedDiff: null },
    {
      op: "update",
      urn: urn("my:Whole$my:Group$azure-native:containerservice:AgentPool", "pool-spot"),
      detailedDiff: { maxCount: { kind: "update", inputDiff: true } },
      newState: { inputs: { password: "not to be shown" } },
    },
    { op: "create-replacement", urn: urn("a:b:C", "server"), replaceReasons: ["size"] },
    { op: "replace", urn: urn("a:b:C", "server"), replaceReasons: ["size"], diffReasons: ["size", "tags"] },
    { op: "delete-replaced", urn: urn("a:b:C", "server") },
  ],
  diagnostics: [{ message: "careful", severity: "warning" }],
};

describe("readDigest", () => {
  it("takes from the CLI's JSON what changes, each resource once, without values", () => {
    const result = readDigest("base-dev", JSON.stringify(digest));
    assert.deepEqual(result, {
      stack: "base-dev",
      unchanged: 1,
      steps: [
        { op: "create", type: "azure-native:containerservice:AgentPool", name: "pool-spot2", properties: [] },
        {
          op: "update",
          type: "azure-native:containerservice:AgentPool",
          name: "pool-spot",
          properties: ["maxCount"],
        },
        { op: "replace", type: "a:b:C", name: "server", properties: ["size", "tags"] },
      ],
      failures: [],
    });
  });

  it("reports errors, not warnings, as failures, without colors", () => {
    const diagnostics = [
      ...digest.diagnostics,
      { message: "\u001b[31mno such region\u001b[39m\n", severity: "error" },
    ];
    assert.deepEqual(readDigest("base-dev", JSON.stringify({ diagnostics })).failures, ["no such region"]);
  });

  it("refuses what is no JSON", () => assert.throws(() => readDigest("base-dev", "error: locked")));
});

describe("previewPulumi", () => {
  let folder: string;
  const [path, place] = [process.env["PATH"], process.cwd()];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-"));
    process.env["PATH"] = folder;
    process.chdir(folder); // the CLI finds its project by where it runs
  });
  after(() => {
    process.chdir(place);
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  /** Runs a CLI that says this. @returns what it was asked, and the preview */
  async function preview(answer: { stdout: string; stderr: string; code: number }, refresh = false) {
    const fake = `#!${process.execPath}
      require("node:fs").writeFileSync("${folder}/log", [process.cwd(), ...process.argv.slice(2)].join(" "));
      const { stdout, stderr, code } = ${JSON.stringify(answer)};
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      process.exitCode = code;`;
    writeFileSync(join(folder, "pulumi"), fake, { mode: 0o755 });
    const result = await previewPulumi({ stack: "base-dev", refresh });
    return { asked: readFileSync(join(folder, "log"), "utf8"), result };
  }
  const stdout = JSON.stringify(digest);
  const wrong = JSON.stringify({ diagnostics: [{ message: "no such region", severity: "error" }] });

  it("asks in the project's folder, about what is there or about what was recorded", async () => {
    for (const refresh of [true, false]) {
      const { asked, result } = await preview({ stdout, stderr: "careful", code: 0 }, refresh);
      const flags = `--stack base-dev --json --refresh=${refresh} --non-interactive`;
      assert.equal(asked, `${projectRoot} preview ${flags}`);
      assert.deepEqual(result, readDigest("base-dev", stdout));
    }
  });

  const failures: [what: string, answer: Parameters<typeof preview>[0], said: string[]][] = [
    ["an error of the program, once", { stdout: wrong, stderr: "1 error", code: 255 }, ["no such region"]],
    ["an end without an error of its own", { stdout, stderr: " locked\n", code: 255 }, ["locked"]],
    ["such an end without a word", { stdout, stderr: "", code: 3 }, ["pulumi preview ended with exit code 3"]],
    ["no digest", { stdout: "\n", stderr: "no such stack\n", code: 255 }, ["no such stack"]],
    ["nothing", { stdout: "", stderr: "", code: 0 }, ["pulumi preview ended with exit code 0 and said nothing"]],
  ]; // prettier-ignore
  for (const [what, answer, said] of failures) {
    it(`has failed by ${what}`, async () => assert.deepEqual((await preview(answer)).result.failures, said));
  }

  it("has failed by what is no JSON", async () => {
    const { result } = await preview({ stdout: "Logging in…", stderr: "", code: 0 });
    assert.match(result.failures.join(), /^pulumi preview printed no JSON: /);
  });
});

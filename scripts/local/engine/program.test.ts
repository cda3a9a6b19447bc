// Real Pulumi programs, unchanged, in a process of their own: what the SDK sends and what it gets back.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../environment.ts";
import { runStack, type EngineEvent, type RunOptions, type RunResult } from "./runStack.ts";
import { randomPackage } from "./providers/random.ts";
import { reveal, unknown, type Value } from "./values.ts";

describe("a real program", function () {
  this.timeout(30_000);
  let projectDir: string;
  let events: EngineEvent[];

  before(() => {
    projectDir = mkdtempSync(join(tmpdir(), "program-"));
    cpSync(join(import.meta.dirname, "testdata/program"), projectDir, { recursive: true });
    symlinkSync(join(projectRoot, "node_modules"), join(projectDir, "node_modules"));
  });
  after(() => rmSync(projectDir, { recursive: true }));

  const run = (operation: RunOptions["operation"], stack: string): Promise<RunResult> => {
    events = [];
    return runStack({
      operation,
      stack,
      projectDir,
      stateDir: join(projectDir, "state"),
      packages: { random: randomPackage },
      onEvent: (event) => events.push(event),
    });
  };
  const messages = (): string =>
    events.map((event) => (event.type === "log" ? `${event.message}\n` : "")).join("");

  it("runs with secrets, unknowns, components, config and logs; a second run changes nothing", async () => {
    const { counts, outputs } = await run("up", "plain");
    assert.deepEqual(counts, { create: 5 });
    const plain = reveal(outputs) as Record<string, string>;
    assert.equal(plain["password"]!.length, 20);
    assert.equal(plain["shout"], plain["password"]!.toUpperCase());
    assert.match(plain["label"]!, /^label [A-Za-z0-9]{6}$/);
    assert.match(messages(), /rolling\n/);
    assert.match(messages(), /a line of the program\n/);
    const end = events.at(-1) as Extract<EngineEvent, { type: "end" }>;
    assert.equal(end.outputs["password"], "[secret]");
    assert.equal(end.outputs["shout"], "[secret]" satisfies Value, "what is made of a secret is one");
    const child = events.find((event) => event.type === "step" && event.name === "group-child");
    assert.match(
      (child as { urn: string }).urn,
      /fixture:index:Group\$random:index\/randomString:RandomString::group-child$/,
    );

    const again = await run("up", "plain");
    assert.deepEqual(again.counts, { same: 5 });
    assert.deepEqual(again.outputs, outputs);
    assert.ok((await run("destroy", "plain")).ok);
  });

  it("fails with the program's own words, and deletes nothing", async () => {
    const { ok } = await run("up", "crash");
    assert.ok(!ok);
    assert.match(messages(), /poolSize: expected 1 to 5, but got 9/);
    assert.match(messages(), /nothing was deleted/);
  });

  it("previews with unknowns, and with placeholders for encrypted configuration, which it refuses to apply", async () => {
    const { counts, outputs } = await run("preview", "encrypted");
    assert.deepEqual(counts, { create: 5 });
    assert.equal(outputs["where"], "organization/fixture/encrypted");
    assert.equal(outputs["label"], unknown);
    assert.match(messages(), /only the Pulumi CLI can decrypt fixture:password/);
    assert.match(JSON.stringify(outputs["secretConfig"]), /Encrypted-by-the-Pulumi-CLI-0/);
    assert.deepEqual(outputs["object"], { nested: [1, 2] });
    await assert.rejects(
      run("up", "encrypted"),
      /encrypted values \(fixture:password\): the embedded engine is for local stacks/,
    );
  });

  it("refuses by name what it does not support, instead of ignoring it", async () => {
    const { ok, failures } = await run("preview", "options");
    assert.ok(!ok);
    assert.match(failures.join("\n"), /resource a \(random:index\/randomString:RandomString\) uses an asset/);
    assert.match(failures.join("\n"), /resource c .* uses the option import and the option hideDiffs/);
    assert.match(failures.join("\n"), /resource d .* uses the static method get, which the embedded engine/);
  });

  // Transforms are registered later than all else, when another refusal may have ended the program.
  it("refuses transforms by name, of a resource and of the whole stack", async () => {
    const { failures } = await run("preview", "transforms");
    assert.match(failures.join("\n"), /resource b .* uses the option transforms, which the embedded engine/);

    await run("preview", "stackTransform");
    assert.match(messages(), /the embedded engine does not support stack transforms; use the Pulumi CLI/);
  });
});

// Real Pulumi programs, unchanged, in a process of their own: what the SDK sends and what it gets back. What is refused of
// them: program.slow.test.ts.
import assert from "node:assert/strict";
import type { EngineEvent } from "./runStack.ts";
import { RealProgram } from "./testing/realProgram.ts";
import { reveal, unknown, type Value } from "./values.ts";

describe("a real program", function () {
  const program = new RealProgram();
  after(() => program.remove());

  it("runs with secrets, unknowns, components, config and logs; a second run changes nothing", async () => {
    const { counts, outputs } = await program.run("up", "plain");
    assert.deepEqual(counts, { create: 5 });
    const plain = reveal(outputs) as Record<string, string>;
    assert.equal(plain["password"]!.length, 20);
    assert.equal(plain["shout"], plain["password"]!.toUpperCase());
    assert.match(plain["label"]!, /^label [A-Za-z0-9]{6}$/);
    assert.match(program.messages(), /rolling\n/);
    assert.match(program.messages(), /a line of the program\n/);
    const end = program.events.at(-1) as Extract<EngineEvent, { type: "end" }>;
    assert.equal(end.outputs["password"], "[secret]");
    assert.equal(end.outputs["shout"], "[secret]" satisfies Value, "what is made of a secret is one");
    const child = program.events.find((event) => event.type === "step" && event.name === "group-child");
    assert.match(
      (child as { urn: string }).urn,
      /fixture:index:Group\$random:index\/randomString:RandomString::group-child$/,
    );

    const again = await program.run("up", "plain");
    assert.deepEqual(again.counts, { same: 5 });
    assert.deepEqual(again.outputs, outputs);
    assert.ok((await program.run("destroy", "plain")).ok);
  });

  it("fails with the program's own words, and deletes nothing", async () => {
    const { ok } = await program.run("up", "crash");
    assert.ok(!ok);
    assert.match(program.messages(), /poolSize: expected 1 to 5, but got 9/);
    assert.match(program.messages(), /nothing was deleted/);
  });

  it("previews with unknowns, and with placeholders for encrypted configuration, which it refuses to apply", async () => {
    const { counts, outputs } = await program.run("preview", "encrypted");
    assert.deepEqual(counts, { create: 5 });
    assert.equal(outputs["where"], "organization/fixture/encrypted");
    assert.equal(outputs["label"], unknown);
    assert.match(program.messages(), /only the Pulumi CLI can decrypt fixture:password/);
    assert.match(JSON.stringify(outputs["secretConfig"]), /Encrypted-by-the-Pulumi-CLI-0/);
    assert.deepEqual(outputs["object"], { nested: [1, 2] });
    await assert.rejects(
      program.run("up", "encrypted"),
      /encrypted values \(fixture:password\): the embedded engine is for local stacks/,
    );
  });
});

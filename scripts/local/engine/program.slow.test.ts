// What the embedded engine refuses of real Pulumi programs; what it does for them: program.test.ts.
import assert from "node:assert/strict";
import { RealProgram } from "./testing/realProgram.ts";

describe("a real program that asks for more than there is", () => {
  const program = new RealProgram();
  after(() => program.remove());

  it("refuses by name what it does not support, instead of ignoring it", async () => {
    const { ok, failures } = await program.run("preview", "options");
    assert.ok(!ok);
    assert.match(failures.join("\n"), /resource a \(random:index\/randomString:RandomString\) uses an asset/);
    assert.match(failures.join("\n"), /resource c .* uses the option import and the option hideDiffs/);
    assert.match(failures.join("\n"), /resource d .* uses the static method get, which the embedded engine/);
  });

  // Transforms are registered later than all else, when another refusal may have ended the program.
  it("refuses transforms by name, of a resource and of the whole stack", async () => {
    const { failures } = await program.run("preview", "transforms");
    assert.match(failures.join("\n"), /resource b .* uses the option transforms, which the embedded engine/);

    await program.run("preview", "stackTransform");
    assert.match(
      program.messages(),
      /the embedded engine does not support stack transforms; use the Pulumi CLI/,
    );
  });
});

// What leaves the engine carries no secret.
import assert from "node:assert/strict";
import { describeChanges, Redactor } from "./events.ts";
import { secret, unknown } from "./values.ts";

describe("redactor", () => {
  it("hides a secret as it is, in JSON and in base64, and leaves short ones readable", () => {
    const redactor = new Redactor();
    redactor.learn({
      password: secret('pass"word'),
      nested: { list: [secret({ pin: "123456" }), secret("80")] },
    });
    const encoded = Buffer.from("123456").toString("base64");
    assert.equal(
      redactor.redact(`a pass"word b ${JSON.stringify({ x: 'pass"word' })} c 123456 d ${encoded} e port 80`),
      'a [secret] b {"x":"[secret]"} c [secret] d [secret] e port 80',
    );
  });
});

describe("changes", () => {
  it("name what changed, with secrets and unknowns masked", () => {
    const changes = describeChanges([
      {
        path: ["spec", "list", 0],
        kind: "update",
        old: secret("a"),
        new: { inner: secret("b"), open: unknown },
      },
      { path: ["gone"], kind: "delete", old: 1 },
    ]);
    assert.deepEqual(changes, [
      {
        path: "spec.list[0]",
        kind: "update",
        old: "[secret]",
        new: { inner: "[secret]", open: "[unknown]" },
      },
      { path: "gone", kind: "delete", old: 1 },
    ]);
  });
});

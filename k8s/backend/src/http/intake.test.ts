// Who may send samples, and how much at the same time.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Intake, admit, batchBytes, sampleBytes } from "./intake.ts";

describe("samples on their way", () => {
  const database = { link: { up: true, state: { problem: "gone" } } };
  const store = { expectRoom: () => undefined };
  const intake = (changes: object = {}) =>
    ({ ...{ database, store, token: () => "secret" }, ...changes }) as unknown as Intake;

  /** What becomes of a request, and its connection. */
  function ask(admitted: ReturnType<typeof admit>, limit: number, headers: Record<string, unknown> = {}) {
    const raw = new EventEmitter();
    const sent: string[] = [];
    const request = { headers: { authorization: "Bearer secret", ...headers } };
    const reply = { raw, header: (name: string, value: string) => void sent.push(`${name}: ${value}`) };
    let problem: Error | undefined;
    admitted(limit)(request as unknown as FastifyRequest, reply as unknown as FastifyReply, (error) => {
      problem = error;
    });
    return {
      name: problem?.name ?? "admitted",
      failure: problem && `${(problem as { status?: number }).status} ${(problem as { code?: string }).code}`,
      raw,
      sent,
    };
  }

  it("are 16 MiB at most, by what they say of their length, or may have", () => {
    const admitted = admit(intake());
    const first = ask(admitted, batchBytes);
    const others = [1, 2, 3].map(() => ask(admitted, batchBytes, { "content-length": String(4 * 2 ** 20) }));
    assert.deepEqual([first, ...others].map(({ name }) => name), Array(4).fill("admitted")); // prettier-ignore
    const more = ask(admitted, sampleBytes, { "content-length": "1" });
    assert.deepEqual([more.name, more.sent], ["Busy", ["connection: close"]]);
    first.raw.emit("close");
    // Who says more than the limit is refused later, and takes no more room here.
    const large = { "content-length": String(2 ** 30) };
    assert.equal(ask(admitted, batchBytes, large).name, "admitted");
    others[0]!.raw.emit("close");
    for (let count = 0; count < 64; count++) assert.equal(ask(admitted, sampleBytes).name, "admitted");
    assert.equal(ask(admitted, sampleBytes).name, "Busy");
  });

  const refused: [what: string, changes: object, headers: object, name: string, failure?: string][] = [
    ["where none are taken", { token: undefined }, {}, "Error", "403 Disabled"],
    ["without the token", {}, { authorization: undefined }, "Error", "401 Unauthorized"],
    ["with another one", {}, { authorization: "Bearer other" }, "Error", "401 Unauthorized"],
    ["with the bare token", {}, { authorization: "secret" }, "Error", "401 Unauthorized"],
    ["without a database", { database: { link: { ...database.link, up: false } } }, {}, "DatabaseDown"],
    ["where too many wait", { store: { expectRoom: () => assert.fail("full") } }, {}, "AssertionError"],
  ];
  for (const [what, changes, headers, name, failure] of refused)
    it(`are not taken ${what}, and end their connection`, () => {
      const found = ask(admit(intake(changes)), sampleBytes, { ...headers });
      assert.equal(found.name, name);
      if (failure !== undefined) assert.equal(found.failure, failure);
      assert.deepEqual(found.sent, ["connection: close"]);
    });
});

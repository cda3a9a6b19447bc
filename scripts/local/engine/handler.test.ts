// What a program asks beside its resources.
import assert from "node:assert/strict";
import { Redactor } from "./events.ts";
import { handlerOf } from "./handler.ts";
import type { Run } from "./run.ts";
import { secret } from "./values.ts";

function buildHandler() {
  const redactor = new Redactor();
  const said: string[] = [];
  const run = {
    redactor,
    stopping: false,
    log: (severity: string, message: string) => said.push(`${severity}: ${message}`),
    providers: {
      for: (token: string, provider: string | undefined) =>
        Promise.resolve({
          invoke: () => Promise.resolve({ token, provider, key: secret("pass-word") }),
        }),
    },
  };
  const handler = handlerOf(run as unknown as Run, "");
  return { run, said, redactor, handler };
}

describe("the handler of a program's requests", () => {
  it("asks a function of the provider it was told, and keeps what is secret in the answer out of messages", async () => {
    const { handler, redactor } = buildHandler();
    const result = await handler.invoke("memory:index:ask", {}, "urn::id");
    assert.deepEqual([result["token"], result["provider"]], ["memory:index:ask", "urn::id"]);
    assert.equal(redactor.redact("it is pass-word"), "it is [secret]");
  });

  it("has no functions of Pulumi's own", async () => {
    await assert.rejects(
      buildHandler().handler.invoke("pulumi:pulumi:getResource", {}, undefined),
      /has no function/,
    );
  });

  it("passes on what the program logs, but for what is for its makers, and nothing once it is stopped", () => {
    const { handler, run, said } = buildHandler();
    for (const severity of ["debug", "info", "error"] as const) handler.log(severity, "hello");
    run.stopping = true;
    handler.log("error", "late");
    assert.deepEqual(said, ["info: hello", "error: hello"]);
  });
});

// A provider that knows no secret marks: what it is asked with, and what comes of its answers.
import assert from "node:assert/strict";
import { secret, type Properties } from "../values.ts";
import { withoutSecretMarks } from "./plain.ts";
import { NotReadyError, type ProviderClient } from "./provider.ts";

describe("a provider that knows no secret marks", () => {
  const subject = { urn: "urn", type: "t:i:T", name: "n", id: "id" };
  const inputs: Properties = { account: secret({ user: "u", password: "p" }), size: 1 };
  const outputs: Properties = { ...inputs, token: secret("t") };
  const change = { preview: false, signal: new AbortController().signal, status: () => undefined };

  /** Answers with what it was asked with. */
  function record(answers: Partial<Record<keyof ProviderClient, unknown>> = {}) {
    const asked: Record<string, unknown> = {};
    const answer = (name: keyof ProviderClient, ours: unknown) => (_subject: unknown, request: unknown) => {
      asked[name] = request;
      const given = answers[name] ?? ours;
      return given instanceof Error ? Promise.reject(given) : Promise.resolve(given);
    };
    const plain = { account: { user: "u", password: "p" }, size: 1 };
    const client = withoutSecretMarks({
      check: answer("check", { inputs: plain, failures: [] }),
      diff: answer("diff", {}),
      create: answer("create", { id: "new", outputs: { ...plain, token: "t" } }),
      update: answer("update", { outputs: { ...plain, token: "t" } }),
      delete: answer("delete", undefined),
      read: answer("read", { id: "id", inputs: plain, outputs: { ...plain, token: "t" } }),
      invoke: answer("invoke", { result: {}, failures: [] }),
      close: () => void (asked["close"] = true),
    } as unknown as ProviderClient);
    return { client, asked };
  }
  const isPlain = (asked: unknown) =>
    assert.doesNotMatch(JSON.stringify(asked), /4dabf18193072939515e22adb298388d/);

  it("is asked with plain values in every call", async () => {
    const { client, asked } = record();
    await client.check(subject, { olds: inputs, news: inputs });
    await client.diff(subject, {
      oldInputs: inputs,
      oldOutputs: outputs,
      newInputs: inputs,
      ignoreChanges: ["x"],
    });
    await client.create(subject, { inputs, ...change });
    await client.update(subject, { oldInputs: inputs, oldOutputs: outputs, newInputs: inputs, ignoreChanges: [], ...change }); // prettier-ignore
    await client.delete(subject, { inputs, outputs, ...change });
    await client.read(subject, { inputs, outputs });
    await client.invoke("t:i:f", inputs);
    client.close();
    assert.deepEqual(Object.keys(asked).length, 8);
    isPlain(asked);
    const plain = { account: { user: "u", password: "p" }, size: 1 };
    assert.deepEqual(asked["diff"], {
      ...{ oldInputs: plain, oldOutputs: { ...plain, token: "t" }, newInputs: plain, ignoreChanges: ["x"] },
    });
    assert.deepEqual(asked["check"], { olds: plain, news: plain });
    assert.equal((await client.check(subject, { news: inputs })).failures.length, 0);
    assert.deepEqual(asked["check"], { news: plain });
  });

  it("has its answers marked as what they came of, objects as a whole", async () => {
    const { client } = record();
    const { account } = inputs;
    assert.deepEqual((await client.check(subject, { news: inputs })).inputs, inputs);
    const created = await client.create(subject, { inputs, ...change });
    assert.deepEqual([created.id, created.outputs], ["new", { ...inputs, token: "t" }]);
    const updated = await client.update(subject, {
      ...{
        oldInputs: {},
        oldOutputs: {},
        newInputs: { ...inputs, size: secret(2) },
        ignoreChanges: [],
        ...change,
      },
    });
    assert.deepEqual(updated.outputs, { account, size: secret(1), token: "t" });
    assert.deepEqual(await client.read(subject, { inputs, outputs }), { id: "id", inputs, outputs });
  });

  it("keeps the marks of what exists but is not ready, passes other failures on, and tells what is gone", async () => {
    const notReady = new NotReadyError("made", { account: { user: "u", password: "p" } }, ["no node"]);
    const { client } = record({ create: notReady });
    await assert.rejects(client.create(subject, { inputs, ...change }), (error: Error) => {
      assert.ok(error instanceof NotReadyError);
      assert.deepEqual(
        [error.id, error.outputs, error.reasons],
        ["made", { account: inputs["account"] }, ["no node"]],
      );
      return true;
    });
    const broken = new Error("broken");
    await assert.rejects(record({ create: broken }).client.create(subject, { inputs, ...change }), (error) => error === broken); // prettier-ignore
    const absent = withoutSecretMarks({
      read: () => Promise.resolve(undefined),
    } as unknown as ProviderClient);
    assert.equal(await absent.read(subject, { inputs, outputs }), undefined);
  });
});

// What the engine's gRPC client puts on the wire, field by field, and what it makes of each answer. The provider is played.
import assert from "node:assert/strict";
import { Metadata, type UntypedHandleCall } from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { type LoopbackServer, grpcServer, listenOnLoopback, unary } from "../../loopbackServer.ts";
import { grpcPackage } from "./grpc.ts";
import { failureMessages, fill, pack, providerService, unpack } from "./messages.ts";
import { type Change, NotReadyError, type ProviderClient, type Subject } from "./provider.ts";

type Method = "configure" | "check" | "diff" | "create" | "update" | "delete" | "read" | "invoke";

const subject: Subject = { urn: "urn:pulumi:s::p::a:b:C::it", type: "a:b:C", name: "it", id: "id-1" };
const change: Change = { preview: false, signal: new AbortController().signal, status: () => undefined };
const transition = {
  ...{ oldInputs: { a: "old input" }, oldOutputs: { a: "old output" }, newInputs: { a: "new" } },
  ignoreChanges: ["b", "c.d"],
};
const { DIFF_NONE, DIFF_SOME, DIFF_UNKNOWN } = proto.DiffResponse.DiffChanges;
const kinds = proto.PropertyDiff.Kind;

describe("a provider's client", () => {
  let server: LoopbackServer;
  let client: ProviderClient | undefined;
  let asked: [method: string, request: unknown][];
  let peers: Set<string>;
  let answers: Record<Method, () => object>;
  const configured = (fields = {}) =>
    fill(new proto.ConfigureResponse(), { acceptsecrets: true, supportspreview: true, ...fields });

  beforeEach(async () => {
    asked = [];
    peers = new Set();
    answers = {
      configure: () => configured(),
      check: () => fill(new proto.CheckResponse(), { inputs: pack({ a: "checked" }) }),
      diff: () => new proto.DiffResponse(),
      create: () => fill(new proto.CreateResponse(), { id: "made", properties: pack({ out: "1" }) }),
      update: () => fill(new proto.UpdateResponse(), { properties: pack({ out: "2" }) }),
      delete: () => new empty.Empty(),
      read: () => new proto.ReadResponse(),
      invoke: () => fill(new proto.InvokeResponse(), { return: pack({ found: true }) }),
    };
    const methods = Object.fromEntries(
      (Object.keys(answers) as Method[]).map((method): [string, UntypedHandleCall] => [
        method,
        unary<object>(
          (request, peer) => {
            asked.push([method, request]);
            peers.add(peer);
            return answers[method]();
          },
          (error) => error,
        ),
      ]),
    );
    server = await listenOnLoopback(grpcServer([providerService, methods]));
  });
  afterEach(async () => {
    client?.close();
    client = undefined;
    await server.close();
  });
  const configure = async (inputs = {}) => (client = await grpcPackage(server.address).configure(inputs));
  const request = <T>(method: Method) => asked.findLast(([name]) => name === method)![1] as T;

  it("is configured by texts: what is none goes as JSON, and as variables besides", async () => {
    await configure({ location: "eastus", tags: { a: ["b"] }, useMsi: true, text: "true" });
    const texts = { location: "eastus", tags: '{"a":["b"]}', useMsi: "true", text: "true" };
    const sent = request<proto.ConfigureRequest>("configure");
    assert.deepEqual(unpack(sent.getArgs()), texts);
    assert.deepEqual(Object.fromEntries(sent.getVariablesMap().toArray()), texts);
    assert.deepEqual([sent.getAcceptsecrets(), sent.getSendsOldInputs(), sent.getSendsOldInputsToDelete()], [true, true, true]); // prettier-ignore
  });

  for (const lacks of [{ acceptsecrets: false }, { supportspreview: false }])
    it(`refuses a provider with ${JSON.stringify(lacks)}: it would show secrets, or write in a preview`, async () => {
      answers.configure = () => configured(lacks);
      await assert.rejects(configure(), /^Error: expected of the provider at 127\.0\.0\.1:\d+ that it takes secrets and previews$/); // prettier-ignore
    });

  it("asks to check the new inputs beside the old ones, where there are some", async () => {
    const client = await configure();
    const failures = [{ property: "a.b", reason: "is none" }];
    answers.check = () => fill(new proto.CheckResponse(), { failuresList: failureMessages(failures) });
    assert.deepEqual(await client.check(subject, { olds: { a: "1" }, news: { a: "2" } }), {
      inputs: {},
      failures,
    });
    const sent = request<proto.CheckRequest>("check");
    assert.deepEqual([sent.getUrn(), sent.getType(), sent.getName()], [subject.urn, "a:b:C", "it"]);
    assert.deepEqual([unpack(sent.getOlds()), unpack(sent.getNews())], [{ a: "1" }, { a: "2" }]);
    answers.check = () => fill(new proto.CheckResponse(), { inputs: pack({ a: "checked" }) });
    assert.deepEqual(await client.check(subject, { news: {} }), { inputs: { a: "checked" }, failures: [] });
    assert.deepEqual(unpack(request<proto.CheckRequest>("check").getOlds()), {});
  });

  type Verdict = [what: string, reply: object, kinds: Record<string, number>, expected: object];
  const same = { changes: "none", replaces: [], deleteBeforeReplace: false };
  const verdicts: Verdict[] = [
    ["nothing", { changes: DIFF_NONE }, {}, same],
    ["nobody knows", { changes: DIFF_UNKNOWN }, {}, { ...same, changes: "unknown" }],
    ["an update", { changes: DIFF_SOME }, { a: kinds.UPDATE, b: kinds.ADD, c: kinds.DELETE }, { ...same, changes: "some" }],
    ["a replacement", { changes: DIFF_SOME, replacesList: ["a"] }, {}, { ...same, changes: "some", replaces: ["a"] }],
    ["one that has to go first", { changes: DIFF_SOME, replacesList: ["a"], deletebeforereplace: true }, {}, { changes: "some", replaces: ["a"], deleteBeforeReplace: true }],
    ["a replacement told by its details", { changes: DIFF_SOME, replacesList: ["a"] }, { a: kinds.UPDATE_REPLACE, b: kinds.ADD_REPLACE, c: kinds.DELETE_REPLACE, d: kinds.UPDATE }, { ...same, changes: "some", replaces: ["a", "b", "c"] }],
  ]; // prettier-ignore
  for (const [what, reply, details, expected] of verdicts)
    it(`takes a difference for ${what}`, async () => {
      answers.diff = () => {
        const message = fill(new proto.DiffResponse(), reply as Record<string, unknown>);
        for (const [path, kind] of Object.entries(details))
          message.getDetaileddiffMap().set(path, fill(new proto.PropertyDiff(), { kind }));
        return message;
      };
      const client = await configure();
      const found = await client.diff(subject, transition);
      assert.deepEqual({ ...found, replaces: found.replaces.toSorted() }, expected);
      const sent = request<proto.DiffRequest>("diff");
      assert.deepEqual(
        [sent.getId(), unpack(sent.getOldInputs()), unpack(sent.getOlds()), unpack(sent.getNews()), sent.getIgnorechangesList()],
        ["id-1", transition.oldInputs, transition.oldOutputs, transition.newInputs, transition.ignoreChanges],
      ); // prettier-ignore
    });

  for (const preview of [true, false])
    it(`makes and changes ${preview ? "nothing in a preview" : "what is there then"}`, async () => {
      const client = await configure();
      const made = await client.create(subject, { inputs: { a: "1" }, ...change, preview });
      assert.deepEqual(made, { id: "made", outputs: { out: "1" } });
      const creation = request<proto.CreateRequest>("create");
      assert.deepEqual([unpack(creation.getProperties()), creation.getPreview()], [{ a: "1" }, preview]);
      assert.deepEqual(await client.update(subject, { ...transition, ...change, preview }), { outputs: { out: "2" } }); // prettier-ignore
      const sent = request<proto.UpdateRequest>("update");
      assert.deepEqual(
        [sent.getId(), unpack(sent.getOldInputs()), unpack(sent.getOlds()), unpack(sent.getNews()), sent.getIgnorechangesList(), sent.getPreview()],
        ["id-1", transition.oldInputs, transition.oldOutputs, transition.newInputs, transition.ignoreChanges, preview],
      ); // prettier-ignore
    });

  it("deletes and reads by id, inputs and outputs", async () => {
    const client = await configure();
    const parts = { inputs: { a: "in" }, outputs: { a: "out" } };
    await client.delete(subject, { ...parts, ...change });
    const deletion = request<proto.DeleteRequest>("delete");
    assert.deepEqual([deletion.getId(), deletion.getUrn()], ["id-1", subject.urn]);
    assert.deepEqual([unpack(deletion.getOldInputs()), unpack(deletion.getProperties())], [parts.inputs, parts.outputs]); // prettier-ignore
    assert.equal(await client.read(subject, parts), undefined, "no id: it is gone");
    const reading = request<proto.ReadRequest>("read");
    assert.deepEqual([reading.getId(), unpack(reading.getInputs()), unpack(reading.getProperties())], ["id-1", parts.inputs, parts.outputs]); // prettier-ignore
    const read = (fields: object) => {
      answers.read = () => fill(new proto.ReadResponse(), { id: "id-2", properties: pack({ a: "now" }), ...fields }); // prettier-ignore
      return client.read(subject, parts);
    };
    assert.deepEqual(await read({}), { id: "id-2", inputs: parts.inputs, outputs: { a: "now" } });
    assert.deepEqual((await read({ inputs: pack({ a: "seen" }) }))?.inputs, { a: "seen" });
  });

  it("calls functions by their token", async () => {
    const client = await configure();
    assert.deepEqual(await client.invoke("a:b:get", { x: 1 }), { result: { found: true }, failures: [] });
    const sent = request<proto.InvokeRequest>("invoke");
    assert.deepEqual([sent.getTok(), unpack(sent.getArgs())], ["a:b:get", { x: 1 }]);
    answers.invoke = () => fill(new proto.InvokeResponse(), { failuresList: failureMessages([{ property: "x", reason: "no" }]) }); // prettier-ignore
    assert.deepEqual((await client.invoke("a:b:get", {})).failures, [{ property: "x", reason: "no" }]);
  });

  /** An error with a detail of this type. */
  const detailed = (type: string) => {
    const failed = fill(new proto.ErrorResourceInitFailed(), { id: "id-3", properties: pack({ a: "half" }), reasonsList: ["one", "two"] }); // prettier-ignore
    const detail = new anyMessages.Any();
    detail.pack(failed.serializeBinary(), type);
    const other = new anyMessages.Any();
    other.pack(new empty.Empty().serializeBinary(), "google.protobuf.Empty");
    const metadata = new Metadata();
    const status = fill(new statusMessages.Status(), { code: 2, detailsList: [other, detail] });
    metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return Object.assign(new Error("what went wrong"), { metadata });
  };

  it("tells what exists and is not ready from what failed, whose message comes as it was said", async () => {
    const client = await configure();
    const fails = (error: Error) => () => {
      throw error;
    };
    answers.create = fails(detailed("pulumirpc.ErrorResourceInitFailed"));
    await assert.rejects(client.create(subject, { inputs: {}, ...change }), (error: NotReadyError) => {
      assert.ok(error instanceof NotReadyError);
      assert.deepEqual([error.id, error.outputs, error.reasons], ["id-3", { a: "half" }, ["one", "two"]]);
      return true;
    });
    for (const error of [detailed("pulumirpc.Other"), new Error("what went wrong")]) {
      answers.update = fails(error);
      const failing = client.update(subject, { ...transition, ...change });
      await assert.rejects(failing, (found) => !(found instanceof NotReadyError) && String(found) === "Error: what went wrong"); // prettier-ignore
    }
  });

  it("has connections of its own, and after its end none", async () => {
    const closed = await configure();
    await configure();
    assert.equal(peers.size, 2);
    closed.close();
    await assert.rejects(closed.invoke("a:b:get", {}), /^Error: Channel has been shut down$/);
    assert.deepEqual((await client!.invoke("a:b:get", {})).failures, []);
  });
});

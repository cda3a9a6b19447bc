// What the protocol's registration becomes, and which options are refused.
import assert from "node:assert/strict";
import messages from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { goalOf } from "./requests.ts";

const identity = { stack: "base-local", project: "trial" };
const component = "urn:pulumi:base-local::trial::app:index:Group::group";

function buildRequest(
  change: (request: messages.RegisterResourceRequest) => void,
): messages.RegisterResourceRequest {
  const request = new messages.RegisterResourceRequest();
  request.setType("memory:index:Thing");
  request.setName("a");
  request.setCustom(true);
  request.setObject(struct.Struct.fromJavaScript({ size: 1 }));
  change(request);
  return request;
}

describe("registration requests", () => {
  it("become goals, with the parent's type in the URN", () => {
    const goal = goalOf(
      buildRequest((request) => {
        request.setParent(component);
        const urns = new messages.RegisterResourceRequest.PropertyDependencies();
        urns.setUrnsList([component]);
        request.getPropertydependenciesMap().set("size", urns);
      }),
      identity,
    );
    assert.equal(goal.urn, "urn:pulumi:base-local::trial::app:index:Group$memory:index:Thing::a");
    assert.deepEqual(goal.inputs, { size: 1 });
    assert.deepEqual(goal.propertyDependencies, { size: [component] });
  });

  it("keep every option that is supported", () => {
    const bare = goalOf(
      buildRequest(() => undefined),
      identity,
    );
    assert.deepEqual(bare, {
      ...{
        urn: "urn:pulumi:base-local::trial::memory:index:Thing::a",
        aliases: [],
        type: "memory:index:Thing",
      },
      ...{ name: "a", custom: true, inputs: { size: 1 }, parent: undefined, provider: undefined },
      ...{ dependencies: [], propertyDependencies: {}, protect: false, ignoreChanges: [] },
      additionalSecretOutputs: [],
    });
    const goal = goalOf(
      buildRequest((request) => {
        request.setProtect(true);
        request.setAliasurnsList(["old"]);
        request.setProvider("cluster::1");
        request.setDependenciesList([component]);
        request.setIgnorechangesList(["count"]);
        request.setAdditionalsecretoutputsList(["token"]);
      }),
      identity,
    );
    assert.deepEqual(goal, {
      ...{ ...bare, protect: true, aliases: ["old"], provider: "cluster::1", dependencies: [component] },
      ...{ ignoreChanges: ["count"], additionalSecretOutputs: ["token"] },
    });
  });

  const refused: [name: string, change: (request: messages.RegisterResourceRequest) => void][] = [
    ["a remote component", (request) => request.setRemote(true)],
    ["a parameterized package", (request) => request.setPackageref("ref")],
    ["the option import", (request) => request.setImportid("id")],
    ["the option replaceWith", (request) => request.setReplaceWithList([component])],
    [
      "the option replacementTrigger",
      (request) => request.setReplacementTrigger(new struct.Value().setNumberValue(1)),
    ],
    ["the option hideDiffs", (request) => request.setHidediffsList(["size"])],
    ["the option envVarMappings", (request) => void request.getEnvvarmappingsMap().set("A", "B")],
    [
      "the option hooks",
      (request) => {
        const hooks = new messages.RegisterResourceRequest.ResourceHooksBinding();
        hooks.setAfterCreateList(["hook"]);
        request.setHooks(hooks);
      },
    ],
    ["the option replaceOnChanges", (request) => request.setReplaceonchangesList(["size"])],
    ["the option deleteBeforeReplace", (request) => request.setDeletebeforereplacedefined(true)],
    ["the option retainOnDelete", (request) => request.setRetainondelete(true)],
    ["the option deletedWith", (request) => request.setDeletedwith(component)],
    [
      "the option customTimeouts",
      (request) =>
        request.setCustomtimeouts(new messages.RegisterResourceRequest.CustomTimeouts().setUpdate("1m")),
    ],
  ];
  for (const [name, change] of refused) {
    it(`are refused with ${name}`, () => {
      assert.throws(
        () => goalOf(buildRequest(change), identity),
        new RegExp(
          `resource a \\(memory:index:Thing\\) uses ${name}, which the embedded engine does not support`,
        ),
      );
    });
  }
});

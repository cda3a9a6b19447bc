// What the protocol's registration becomes, and which options are refused.
import assert from "node:assert/strict";
import messages from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { goalOf, parseDuration } from "./requests.ts";

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
        request.setDeletebeforereplacedefined(true);
        const urns = new messages.RegisterResourceRequest.PropertyDependencies();
        urns.setUrnsList([component]);
        request.getPropertydependenciesMap().set("size", urns);
        const timeouts = new messages.RegisterResourceRequest.CustomTimeouts();
        timeouts.setCreate("1h30m");
        request.setCustomtimeouts(timeouts);
      }),
      identity,
    );
    assert.equal(goal.urn, "urn:pulumi:base-local::trial::app:index:Group$memory:index:Thing::a");
    assert.deepEqual(goal.inputs, { size: 1 });
    assert.deepEqual(goal.propertyDependencies, { size: [component] });
    assert.equal(goal.deleteBeforeReplace, false, "said, and said no");
    assert.deepEqual(goal.timeouts, { create: 5400 });
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
    [
      "the option customTimeouts.read",
      (request) =>
        request.setCustomtimeouts(new messages.RegisterResourceRequest.CustomTimeouts().setRead("1m")),
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

  it("measure durations in seconds, and refuse what is none", () => {
    assert.equal(parseDuration("90s", "x"), 90);
    assert.equal(parseDuration("1h0m30s", "x"), 3630);
    for (const wrong of ["", "5", "5 minutes", "m5"]) {
      assert.throws(
        () => parseDuration(wrong, "customTimeouts.create of a"),
        /customTimeouts\.create of a: expected a duration/,
      );
    }
  });
});

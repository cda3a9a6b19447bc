// Names: of resources, of packages, of providers.
import assert from "node:assert/strict";
import {
  buildUrn,
  isProvider,
  nameOf,
  packageOf,
  providerReference,
  providerUrn,
  rootType,
} from "./model.ts";
import { unknown } from "./values.ts";

describe("names of the engine", () => {
  const root = buildUrn("dev", "p", rootType, "p-dev");
  const group = buildUrn("dev", "p", "x:index:Group", "g", root);

  it("are Pulumi's URNs: with the parents' types, but without the stack's", () => {
    assert.equal(root, "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev");
    assert.equal(group, "urn:pulumi:dev::p::x:index:Group::g");
    const child = buildUrn("dev", "p", "x:index:Thing", "t", group);
    assert.equal(child, "urn:pulumi:dev::p::x:index:Group$x:index:Thing::t");
    assert.equal(nameOf(child), "t");
    assert.equal(nameOf(buildUrn("dev", "p", "x:index:Thing", "a/b", child)), "a/b");
  });

  it("tell the package of a type, also of a provider's own", () => {
    assert.equal(packageOf("kubernetes:apps/v1:Deployment"), "kubernetes");
    assert.equal(packageOf("pulumi:providers:kubernetes"), "kubernetes");
    assert.deepEqual(["pulumi:providers:x", "x:providers:y"].map(isProvider), [true, false]);
  });

  it("refer to a provider by its URN and id, which a preview may not know", () => {
    const urn = buildUrn("dev", "p", "pulumi:providers:kubernetes", "cluster", root);
    assert.equal(providerReference({ urn, id: "7" }), `${urn}::7`);
    assert.equal(providerReference({ urn, id: "" }), `${urn}::${unknown}`);
    assert.equal(providerUrn(`${urn}::7`), urn);
  });
});

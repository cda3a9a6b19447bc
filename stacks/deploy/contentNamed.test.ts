// ConfigMaps named after their content.
import assert from "node:assert/strict";
import { contentNamedConfigMap } from "./contentNamed.ts";

const base = { name: "settings", namespace: "monitoring", labels: { app: "x" } };

describe("content-named ConfigMaps", () => {
  const nameOf = (data: Record<string, string>) => contentNamedConfigMap(base, { data }).metadata.name;

  it("have another name with other content, and the same with the same", () => {
    assert.match(nameOf({ a: "1" }), /^settings-[0-9a-f]{10}$/);
    assert.equal(nameOf({ a: "1" }), nameOf({ a: "1" }));
    assert.notEqual(nameOf({ a: "1" }), nameOf({ a: "2" }));
    assert.notEqual(nameOf({ a: "1" }), nameOf({ b: "1" }));
  });

  it("take their name from an identity when bytes may differ between machines", () => {
    const [one, other] = ["x", "y"].map((bytes) =>
      contentNamedConfigMap(base, { binaryData: { file: Buffer.from(bytes) }, identity: "same" }),
    );
    assert.equal(one?.metadata.name, other?.metadata.name);
  });

  it("say clearly when Kubernetes would refuse them", () => {
    assert.throws(() => contentNamedConfigMap(base, { data: { a: "x".repeat(1024 * 1024 + 1) } }), {
      message: /ConfigMap settings would have 1025 KiB, and Kubernetes takes 1024 KiB at most/,
    });
    // Bytes count as the text that they are sent as: four of it for three of them.
    const file = Buffer.alloc(900 * 1024);
    assert.throws(() => contentNamedConfigMap(base, { binaryData: { file } }), /1200 KiB/);
  });
});

// Objects as files: names that stay, and nothing secret in them.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { collectingPackage, fileNameOf, yamlOf } from "./rendering.ts";
import { buildTrial } from "./testing/trial.ts";
import { secret, unknown, type Properties } from "./values.ts";

describe("rendering", () => {
  it("collects what a program would create, without a cluster", async () => {
    const objects: Properties[] = [];
    const trial = buildTrial({
      packages: { kubernetes: collectingPackage((object) => objects.push(object)) },
    });
    const { ok } = await trial.run("preview", async (build) => {
      const metadata = { name: "login", namespace: "demo" };
      const inputs = { apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "horse" } };
      await build.thing("login", inputs, { type: "kubernetes:core/v1:Secret" });
    });
    trial.remove();
    assert.ok(ok);
    assert.deepEqual(objects.map(fileNameOf), ["demo-secret-login.yaml"]);
    const { data } = parse(yamlOf(objects[0]!, "deploy-local")) as { data: { password: string } };
    assert.equal(Buffer.from(data.password, "base64").toString(), "[secret]", "masked, and still base64");
  });

  it("puts placeholders that the API accepts for what is secret or unknown", () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", labels: { zone: unknown } },
      data: { url: unknown, password: secret("horse"), list: secret([1, true]) },
    };
    assert.equal(fileNameOf(object), "cluster-configmap-settings.yaml");
    const text = yamlOf(object, "deploy-local");
    assert.match(text, /^# Rendered from deploy-local; secret values are masked\.\n/);
    assert.deepEqual(parse(text), {
      ...object,
      metadata: { name: "settings", labels: { zone: "unknown" } },
      data: { url: "unknown", password: "[secret]", list: [0, false] },
    });
  });

  it("is the same to who reads YAML 1.1, as kubectl does", () => {
    const object = {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } },
      data: { switch: "off", answer: "y", mode: "0440", hour: "12:30" },
    };
    assert.deepEqual(parse(yamlOf(object, "deploy-local"), { version: "1.1" }), object);
  });
});

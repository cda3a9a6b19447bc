import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { outdated } from "../docs.ts";
import { schemas } from "./schemas.ts";

const root = new URL("../../", import.meta.url).pathname;

interface Node {
  properties?: Record<string, Node>;
  patternProperties?: Record<string, Node>;
  additionalProperties?: boolean;
}

describe("the public schemas", () => {
  it("are up to date, as the references are (else: npm run docs)", async () => {
    assert.deepEqual((await outdated()).map(({ path }) => path), []); // prettier-ignore
  });

  const stackFiles = readdirSync(join(root, "stacks/config")).filter((file) => file.endsWith(".yaml"));
  const files = [...stackFiles.map((file) => `stacks/config/${file}`), "balancer/policy.example.yaml"];
  for (const path of files) {
    it(`are named by ${path}, which has no key beside them`, () => {
      const text = readFileSync(join(root, path), "utf8");
      const [, named] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text.split("\n").slice(0, 2).join("\n")) ?? []; // prettier-ignore
      assert.ok(named, "expected the line in the first two");
      const schema = resolve(dirname(join(root, path)), named);
      assert.ok(existsSync(schema), schema);
      const layer = /Pulumi\.(\w+)-/.exec(path)?.[1];
      assert.ok(schema.endsWith(layer ? `config/${layer}.schema.json` : "balancer/policy.schema.json"));
      const { properties = {} } = JSON.parse(readFileSync(schema, "utf8")) as Node;
      const { config, ...policy } = parse(text) as { config?: object };
      const known = config ? properties["config"]!.properties! : properties;
      const keys = Object.keys(config ?? policy).filter((key) => !config || key.startsWith("spot-balancer:"));
      assert.deepEqual(keys.filter((key) => !(key in known)), []); // prettier-ignore
    });
  }

  it("know every key of the policy, and refuse others", () => {
    const schema = schemas["balancer/policy.schema.json"]!() as Node;
    for (const key of ["namespaces", "preset", "pools", "usage", "budgets"])
      assert.ok(schema.properties![key]);
    assert.equal(schema.additionalProperties, false);
    assert.equal(schema.properties!["placeholders"], undefined);
  });
});

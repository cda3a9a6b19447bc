// What `pulumi new` asks for, by Pulumi.yaml.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { base } from "./config/base.ts";
import { checkConfig } from "./config/schema.ts";

describe("the template in Pulumi.yaml", () => {
  const { config, template } = parse(readFileSync(new URL("../Pulumi.yaml", import.meta.url), "utf8")) as {
    config?: object;
    template: { config: Record<string, { default: string; description: string }> };
  };

  it("asks for keys of a first base stack, and its defaults are valid there", () => {
    const asked = Object.entries(template.config).map(
      ([key, { default: text }]) => [key.replace(/^spot-balancer:/, ""), { text, secret: false }] as const,
    );
    assert.ok(asked.length > 0 && asked.length <= 5);
    assert.deepEqual(checkConfig(base, new Map(asked), "dev").problems, []);
  });

  it("demands nothing of every stack", () => assert.equal(config, undefined));
});

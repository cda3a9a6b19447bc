// The rules for Prometheus speak of what the balancer really serves.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { moveReasons, refusalReasons } from "../reasons.ts";
import { families, prefix } from "./families.ts";

interface Rules {
  groups: { rules: { expr: string; record?: string; alert?: string }[] }[];
}

describe("the rules for the balancer's metrics", () => {
  const file = new URL("../../k8s/prometheus/rules/balancer.rules.yml", import.meta.url);
  const { groups } = parse(readFileSync(file, "utf8")) as Rules;
  const rules = groups.flatMap(({ rules }) => rules);

  it("name metrics that are served, or that they record", () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    for (const { expr } of rules) {
      for (const [name] of expr.matchAll(/[a-z_]+:spot_balancer[\w:]+|\bspot_balancer_\w+/g)) {
        if (recorded.includes(name)) continue;
        const family = name.slice(prefix.length).replace(/_(bucket|sum|count)$/, "");
        assert.ok(Object.hasOwn(families, family), name);
      }
    }
  });

  it("name reasons that exist", () => {
    const known = { ...moveReasons, ...refusalReasons };
    const named = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/reason=~?"([^"]+)"/g)].flatMap(([, value]) => value!.split("|")),
    );
    assert.ok(named.length > 10);
    for (const reason of named) assert.ok(Object.hasOwn(known, reason), reason);
  });
});

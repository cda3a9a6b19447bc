// Text that people and programs give: policies, quantities, flags, profiles, settings, the autoscaler's status.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { stringify, parse } from "yaml";
import { parseMetricsOptions, parseOptions } from "../../balancer/main/options.ts";
import { parsePoolHealth } from "../../balancer/observe/poolHealth.ts";
import { parsePolicy } from "../../balancer/policy.ts";
import { parseCpu, parseMemory } from "../../balancer/kube/quantity.ts";
import { anyCharacter } from "../../balancer/testing/anyCharacter.ts";
import { readSettings } from "../../k8s/backend/src/config.ts";
import { readSettings as readPageSettings } from "../../k8s/frontend/server/settings.ts";
import { parseProfile } from "../load/profile.ts";
import { fuzz, mayThrow } from "./harness.ts";
import { brokenText, mutated, oddValue } from "./odd.ts";

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

describe("fuzz: text", () => {
  const policy = text("../../balancer/policy.example.yaml");
  const policies = fc.oneof(
    mutated(parse(policy) as object).map((odd) => stringify(odd)),
    brokenText(fc.constant(policy)),
    fc.string({ unit: anyCharacter, maxLength: 200 }),
  );
  fuzz("a policy is taken, or refused with its problems", 5, policies, (text) =>
    mayThrow(["PolicyError"], () => parsePolicy(text)),
  );

  const digits = fc.stringMatching(/^[+-]?[0-9]{0,50}(\.[0-9]{0,50})?([numkMGTPE]i?|[eE][+-]?[0-9]{0,6})?$/);
  const quantities = fc.oneof(
    digits,
    fc.string(),
    oddValue,
    fc.constantFrom("1".repeat(100_000), `${"1".repeat(50_000)}.${"1".repeat(50_000)}x`),
  );
  fuzz("a quantity is a finite number, or refused", 3, fc.array(quantities, { minLength: 20, maxLength: 20 }), (all) => {
    for (const one of all) {
      for (const parseOne of [parseCpu, parseMemory]) {
        try {
          assert.ok(Number.isFinite(parseOne(one as string)));
        } catch (error) {
          assert.match((error as Error).message, /^expected a Kubernetes quantity .{0,200}$/s);
        }
      }
    }
  }, ({ length }) => length); // prettier-ignore

  const flags = ["--prometheus", "--policy", "--dry-run", "--explain", "--output", "--deadline", "--log-level", "--namespace", "--kubeconfig", "--context", "--listen", "json", "text", "5", "-1", "1e9", "metrics", "--", "-", "=", "http://user:pass@x"]; // prettier-ignore
  const words = fc.oneof(fc.constantFrom(...flags), fc.string({ unit: anyCharacter, maxLength: 30 }));
  fuzz("flags are taken, or refused with what was expected", 4, fc.array(words, { maxLength: 8 }), async (argv) => {
    await mayThrow(["InputError"], () => parseOptions(argv, false));
    await mayThrow(["InputError"], () => parseMetricsOptions(argv));
  }); // prettier-ignore

  const status =
    "nodeGroups:\n- name: spot\n  health: { status: Healthy, minSize: 0, maxSize: 3 }\n  scaleUp: { status: Backoff }\n";
  const statuses = fc.oneof(
    mutated(parse(status) as object).map((odd) => stringify(odd)),
    brokenText(fc.constant(status)),
  );
  fuzz("the autoscaler's status is read as far as it can be", 2, statuses, (text) => parsePoolHealth(text));

  const profile = text("../load/profiles/ultra.yaml");
  const profiles = fc.oneof(
    mutated(parse(profile) as object).map((odd) => stringify(odd)),
    brokenText(fc.constant(profile)),
  );
  // Whoever reads the file says what is wrong with it (scripts/load/profile.ts).
  fuzz("a load profile is taken, or refused", 3, profiles, (text) =>
    mayThrow(["Error", "ReferenceError", "YAMLParseError", "RangeError"], () => parseProfile(text)),
  );

  const env = {
    DATABASE_HOST: "h",
    DATABASE_NAME: "n",
    DATABASE_USER: "u",
    DATABASE_PASSWORD: "p",
    CLUSTER: "off",
    PORT: "1",
    PAGE_DIR: "/",
    SPOT_NODE_LABELS: "a=b",
    SHOWN_NAMESPACES: "*",
  };
  const environments = fc.record(
    Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        fc.oneof(fc.constant(value), fc.string({ unit: anyCharacter })),
      ]),
    ),
    { requiredKeys: [] },
  );
  fuzz("settings are taken, or refused all at once", 2, environments, async (odd) => {
    await mayThrow(["SettingsError"], () => readSettings(odd));
    readPageSettings(odd);
  });
});

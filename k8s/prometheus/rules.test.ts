// Each rule has unit tests that can fail: alerts are seen firing and silent, records by their values. promtool runs
// them: `npm run judge`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const folder = join(import.meta.dirname, "rules");

interface Rules {
  groups: { rules: { alert?: string; record?: string; expr: string }[] }[];
}
interface Tests {
  tests: {
    alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[];
    promql_expr_test?: { expr: string }[];
  }[];
}

const read = (file: string): unknown => parse(readFileSync(join(folder, file), "utf8"));

describe("Prometheus' rules", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".rules.yml"))) {
    it(`of ${file} are all tested: each alert firing and silent, each record by its value`, () => {
      const { groups } = read(file) as Rules;
      const { tests } = read(file.replace(".rules.yml", ".test.yml")) as Tests;
      const rules = groups.flatMap(({ rules }) => rules);
      const cases = tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
      for (const { alert } of rules) {
        if (alert === undefined) continue;
        const ofAlert = cases.filter(({ alertname }) => alertname === alert);
        assert.ok(ofAlert.some(({ exp_alerts }) => exp_alerts !== undefined), `${alert} never fires`); // prettier-ignore
        assert.ok(ofAlert.some(({ exp_alerts }) => exp_alerts === undefined), `${alert} is never silent`); // prettier-ignore
      }
      const queried = tests.flatMap(({ promql_expr_test = [] }) => promql_expr_test.map(({ expr }) => expr));
      const used = rules.filter(({ alert }) => alert !== undefined).map((rule) => JSON.stringify(rule));
      for (const { record } of rules) {
        if (record === undefined) continue;
        assert.ok([...queried, ...used].some((text) => text.includes(record)), `${record} is not looked at`); // prettier-ignore
      }
    });
  }

  /** Without what recording rules make of them: their names have colons. */
  const rawNames =
    /(?<![\w:])(?:apiserver|backend|container|kube|kubelet|node|prometheus|spot_balancer|traefik|up)(?:_\w+)?(?![\w:(])(\{[^}]*\})?/g;

  for (const file of ["prometheus/rules", "grafana/dashboards"]) {
    it(`and what ${file} asks for is of the job or namespace that it trusts: a pod exposes what it likes`, () => {
      const path = join(import.meta.dirname, "..", file);
      const texts = readdirSync(path).map((name) => readFileSync(join(path, name), "utf8"));
      const expressions = texts.flatMap((text) =>
        [...text.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(([, expr]) => expr!.replaceAll('\\"', '"')),
      );
      const groups = texts
        .filter((text) => text.includes("groups:"))
        .flatMap((text) => (parse(text) as Rules).groups);
      expressions.push(...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)));
      const selectors = expressions.flatMap((text) => [...text.matchAll(rawNames)].map(([whole]) => whole));
      assert.ok(selectors.length > 20);
      const loose = selectors.filter((text) => /_|^up/.test(text) && !/\{.*(job|namespace)="/.test(text));
      assert.deepEqual(
        loose.filter((text) => !written.has(text)),
        [],
      );
    });
  }
});

/** A label to group by, and what only scrapes write: exposed ones are dropped. */
const written = new Set(["node_pool", "up"]);

// Each rule has unit tests that can fail: alerts are seen firing and silent, records by their values. promtool runs
// them: `npm run judge`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const folder = join(import.meta.dirname, "rules");

interface Rules {
  groups: { rules: { alert?: string; record?: string }[] }[];
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
});

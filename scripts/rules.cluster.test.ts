// Prometheus' own judge on what is shipped for it: promtool checks configuration and rules, and runs the rules' tests.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { ensureTools } from "./local/tools/index.ts";

const folder = new URL("../k8s/prometheus/", import.meta.url).pathname;
const rulesFolder = join(folder, "rules");
const ruleFiles = readdirSync(rulesFolder).filter((file) => file.endsWith(".rules.yml"));

interface Rules {
  groups: { rules: { alert?: string; record?: string }[] }[];
}
interface Tests {
  tests: {
    alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[];
    promql_expr_test?: { expr: string }[];
  }[];
}

describe("Prometheus' rules", () => {
  let promtool: string;
  const run = (args: string[], cwd: string) => promisify(execFile)(promtool, args, { cwd });

  before(async () => {
    ({ promtool } = await ensureTools(["promtool"], { report: (line) => process.stderr.write(`${line}\n`) }));
  });

  it("and configuration are what Prometheus takes", async () => {
    const work = mkdtempSync(join(tmpdir(), "rules-"));
    try {
      cpSync(join(folder, "prometheus.yml"), join(work, "prometheus.yml"));
      for (const file of ruleFiles) cpSync(join(rulesFolder, file), join(work, file));
      const { stdout } = await run(["check", "config", "--syntax-only", "prometheus.yml"], work);
      assert.match(stdout, /SUCCESS: prometheus\.yml/);
      await run(["check", "rules", "--lint=all", "--lint-fatal", ...ruleFiles], work);
    } finally {
      rmSync(work, { recursive: true });
    }
  });

  for (const file of ruleFiles) {
    const testFile = file.replace(".rules.yml", ".test.yml");
    it(`of ${file} hold their unit tests`, async () => {
      const { stdout } = await run(["test", "rules", testFile], rulesFolder);
      assert.match(stdout, /SUCCESS/);
    });

    it(`of ${file} are all tested: each alert firing and silent, each record by its value`, () => {
      const { groups } = parse(readFileSync(join(rulesFolder, file), "utf8")) as Rules;
      const { tests } = parse(readFileSync(join(rulesFolder, testFile), "utf8")) as Tests;
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

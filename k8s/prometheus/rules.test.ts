// Each rule has unit tests that can fail: alerts are seen firing and silent, records by their values. promtool runs
// them: `npm run judge`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const folder = join(import.meta.dirname, "rules");

interface Rules {
  groups: {
    rules: { alert?: string; record?: string; expr: string; for?: string; labels?: { severity?: string } }[];
  }[];
}
interface Tests {
  tests: {
    alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[];
    promql_expr_test?: { expr: string }[];
  }[];
}

const read = (file: string): unknown => parse(readFileSync(join(folder, file), "utf8"));

/** How bad, after how long, and beyond which bounds, over which time. Whether they fire then, promtool's tests say. */
const alerts: Record<string, string> = {
  DatabaseUnreachable: "critical after 2m: == 0 > 0",
  GatewayUnhealthy: "critical after 3m: == 1",
  GatewayErrors: "warning after 5m: [5m] [5m] > 0.05",
  SpotBalancerMetricsMissing: "warning after 5m: == 1",
  SpotBalancerNotRunning: "critical after 5m: > 300 == 1",
  SpotBalancerWatchDown: "warning after 5m: > 0 == 1",
  SpotBalancerFailing: "warning after 5m: > 900 <= 300",
  SpotBalancerCrashing: "warning at once: [1h] > 2",
  SpotBalancerMovesFailing: "warning at once: [30m] > 3",
  SpotBalancerUsageUnknown: "warning after 10m: == 0 > 300",
  SpotBalancerRefusingForLong: "info after 2h: > 0 [2h] > 0",
  SpotBalancerNoRoomOnRegular: "critical after 10m: > 0",
  SpotNodesLost: "info at once: [1h] > 2",
  SpotPoolEmpty: "info after 30m: == 0 > 0",
  SpotBalancerSlow: "warning after 15m: > 30",
  KubePodCrashLooping: "warning after 10m: [5m] >= 1",
  KubeContainerWaiting: "warning after 15m: >= 1",
  KubePodNotScheduled: "warning after 15m: >= 1",
  KubeDeploymentReplicasMismatch: "warning after 15m: [10m] > 0",
  KubeHpaMaxedOut: "warning after 15m",
  KubePdbNotEnoughHealthyPods: "warning after 15m",
  KubeNodeNotReady: "critical after 5m: == 0 == 0",
  KubeNodePressure: "warning after 10m: == 1",
  SpotPoolShrinking: "warning after 5m: [1h] <= 0.5 [1h] [1h] > 0",
  KubePersistentVolumeFillingUp: "warning after 10m: < 0.1",
  KubeStateMetricsMissing: "critical after 10m: == 1",
  TargetDown: "warning after 10m: == 0 > 0.1",
  PrometheusRuleFailures: "warning after 15m: [5m] > 0",
};

const bound = /(?:[<>]=?|[!=]=) *(?:[\d.]+ \* )?[\d.]+|\[\w+\]/g;

describe("Prometheus' rules", () => {
  it("call a person when the table says so, and look over the times that they name", () => {
    const rules = readdirSync(folder)
      .filter((name) => name.endsWith(".rules.yml"))
      .flatMap((name) => (read(name) as Rules).groups.flatMap((group) => group.rules));
    const found = rules.flatMap(({ alert, expr, labels, for: time }) => {
      const bounds = expr.replaceAll(/"[^"]*"/g, "").match(bound) ?? [];
      const when = `${labels?.severity} ${time === undefined ? "at once" : `after ${time}`}`;
      return alert === undefined ? [] : [[alert, [when, bounds.join(" ")].filter(Boolean).join(": ")]];
    });
    assert.deepEqual(Object.fromEntries(found), alerts);
    const records = rules.flatMap(({ record, expr }) => {
      const bounds = expr.replaceAll(/"[^"]*"/g, "").match(bound) ?? [];
      return record === undefined || bounds.length === 0 ? [] : [[record, bounds.join(" ")]];
    });
    assert.deepEqual(Object.fromEntries(records), {
      "cluster:namespace:pod_cpu:active:kube_pod_container_resource_requests": "== 1",
      "cluster:namespace:pod_memory:active:kube_pod_container_resource_requests": "== 1",
      "job:spot_balancer_round_duration_seconds:p90_1h": "[1h]",
      "kind_reason_result:spot_balancer_moves:increase1h": "[1h]",
      "node:node_cpu_utilisation:rate5m": "[5m]",
      "node:spot_balancer_node_cpu:utilization": "> 0",
      "node:spot_balancer_node_memory:utilization": "> 0",
      "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate": "[5m]",
    });
  });

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

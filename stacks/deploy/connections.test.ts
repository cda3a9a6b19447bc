// Who may talk to whom, as the network policies of the whole stack have it, against the table of what is meant.
import assert from "node:assert/strict";
import { isAllowed, type End } from "./testing/networkPolicies.ts";
import { endOf, recordedObjects, rulesOf, runningOf } from "./testing/recorded.ts";

/** The API server may be an address outside or a node: its port cannot be opened to it alone (k8s/namespaces/README.md). */
const apiServer = ["nodes and the API server:443", "nodes and the API server:6443", "the Internet:443"];

/** Everything that is open, besides DNS for all. What is not here is closed: in both directions, between any two. */
const table: Record<string, string[]> = {
  // The program talks to the database; where it is, only its port says.
  ...Object.fromEntries(
    ["backend-a", "backend-b"].map((app) => [
      `backend/${app}`,
      ["the database:5432", "monitoring/prometheus:9090", "gateway/gateway:8000", ...apiServer],
    ]),
  ),
  "database/database": ["the database:5432"],
  "gateway/gateway": [
    ...["backend/backend-a:8080", "backend/backend-b:8080", "frontend/frontend:8080"],
    ...apiServer,
  ],
  // Whoever may reach addresses outside reaches the public one.
  ...Object.fromEntries(
    ["the Internet", "the database", "nodes and the API server"].map((from) => [
      from,
      ["gateway/gateway:8000", "gateway/gateway:8443"],
    ]),
  ),
  "banking/accounts": ["banking/ledger:8080"],
  "banking/fraud-check": ["banking/accounts:8080"],
  "banking/payments": ["banking/accounts:8080", "banking/fraud-check:8080", "banking/ledger:8080"],
  "banking/reports": ["banking/ledger:8080", "banking/statements:8080"],
  "banking/statements": ["banking/accounts:8080", "banking/ledger:8080"],
  "monitoring/grafana": ["monitoring/prometheus:9090"],
  "monitoring/kube-state-metrics": apiServer,
  "monitoring/prometheus": [
    ...["backend/backend-a:9464", "backend/backend-b:9464", "frontend/frontend:9464"],
    ...["gateway/gateway:8000", "gateway/gateway:8443", "gateway/gateway:9464"],
    ...["accounts", "fraud-check", "ledger", "payments", "reports", "statements"].map(
      (service) => `banking/${service}:8080`,
    ),
    ...["monitoring/prometheus:9090", "monitoring/spot-balancer-metrics:9464", "monitoring/grafana:3000"],
    "monitoring/spot-balancer-watch:9464",
    ...["monitoring/kube-state-metrics:8080", "node-metrics/node-exporter:9100"],
    ...["nodes and the API server:10250", ...apiServer],
  ],
  "monitoring/spot-balancer": ["monitoring/prometheus:9090", ...apiServer],
  "monitoring/spot-balancer-metrics": apiServer,
  "monitoring/spot-balancer-watch": ["monitoring/prometheus:9090", ...apiServer],
};

/** Ends that are no workload of ours, and the ports that are tried at them. */
const others: Record<string, { end: End; ports: number[] }> = {
  // Of the range that is kept for documentation, hence never one of ours.
  "the Internet": { end: { address: "203.0.113.7" }, ports: [80, 443] },
  // Inside the subnet that base delegates to PostgreSQL.
  "the database": { end: { address: "10.10.4.4" }, ports: [5432] },
  "nodes and the API server": { end: "node", ports: [443, 6443, 9100, 10250] },
};

/** No workload listens there: open only where a rule forgets its ports. */
const unusedPort = 9;

describe("connections between workloads", () => {
  let allows: (from: End, to: End, port: number, protocol?: "TCP" | "UDP") => boolean;
  let workloads: Record<string, { end: End; ports: number[] }>;
  before(async () => {
    const objects = await recordedObjects();
    const rules = rulesOf(objects);
    allows = (from, to, port, protocol = "TCP") => isAllowed(rules, from, to, { port, protocol });
    workloads = Object.fromEntries(
      runningOf(objects).map((running) => {
        const end = endOf(running);
        const ports = typeof end === "object" && "ports" in end ? Object.values(end.ports) : [];
        return [running.name, { end, ports: [...ports, unusedPort] }];
      }),
    );
  });

  it("are open where the table has them, and nowhere else", () => {
    const all = Object.entries({ ...workloads, ...others });
    const open = all.flatMap(([from, { end }]) =>
      all.flatMap(([to, { end: target, ports }]) =>
        from in others && to in others
          ? []
          : ports.filter((port) => allows(end, target, port)).map((port) => `${from} → ${to}:${port}`),
      ),
    );
    const meant = Object.entries(table).flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`));
    assert.deepEqual(open.sort(), meant.sort());
  });

  it("let everybody resolve names, at the cluster's DNS alone", () => {
    const pod = (app: string): End => ({ namespace: "kube-system", labels: { "k8s-app": app }, ports: {} });
    for (const [name, { end }] of Object.entries(workloads)) {
      assert.ok(allows(end, pod("kube-dns"), 53, "UDP") && allows(end, pod("kube-dns"), 53), name);
      assert.ok(!allows(end, pod("metrics-server"), 53, "UDP"), name);
      assert.ok(!allows(end, { address: "203.0.113.7" }, 53, "UDP"), name);
    }
  });
});

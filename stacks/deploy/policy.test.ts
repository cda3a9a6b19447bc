// What the policies of the repository let the balancer touch.
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { parsePolicy } from "../../balancer/index.ts";
import { configFile } from "../testing/configFiles.ts";
import { loadManifests } from "./manifests.ts";
import { policyFor } from "./policy.ts";

/** Namespaces of what makes others work: the way in, monitoring, placeholders, node-exporter, what prepares the database. */
const infrastructure = ["database", "gateway", "monitoring", "node-metrics", "placeholder"];

describe("the policy on Azure", () => {
  const namespaces = loadManifests("namespaces")
    .filter(({ kind }) => kind === "Namespace")
    .map(({ metadata }) => metadata.name);
  for (const stack of ["deploy-dev", "deploy-prod"]) {
    const policy = parsePolicy(stringify(configFile(stack)["policy"]));

    it(`of ${stack} says something of every namespace with applications, and of no other`, () =>
      assert.deepEqual(
        Object.keys(policy.namespaces).sort(),
        namespaces.filter((name) => !infrastructure.includes(name)).sort(),
      ));

    it(`of ${stack} never leaves what people wait for on spot alone`, () => {
      for (const name of ["backend", "frontend"])
        assert.ok((policy.namespaces[name]?.regularFloor ?? 0) > 0, name);
    });
  }
});

it("The label that tells spot from regular is that of our pools, unless the policy names another", () => {
  const labelOf = (policy: Record<string, unknown>, regular: Record<string, string>) =>
    parsePolicy(policyFor({ policy }, { system: {}, regular, spot: { pool: "b" } })).pools.splitLabel;
  const ours = { "spot-balancer/priority": "regular" };
  assert.equal(labelOf({}, ours), "spot-balancer/priority");
  assert.equal(labelOf({ pools: { splitLabel: "mine" } }, ours), "mine");
  assert.notEqual(labelOf({}, { pool: "a" }), "spot-balancer/priority");
});

describe("the policy's series", () => {
  const labels = { system: {}, regular: { pool: "a" }, spot: { pool: "b" } };
  const selectorOf = (policy: Record<string, unknown>, prometheusUrl?: string) =>
    parsePolicy(policyFor({ policy, prometheusUrl }, labels)).usage.selector;

  it("are those of our Prometheus' job for kubelets, where it is ours and nothing else is said", () => {
    assert.deepEqual(selectorOf({ usage: { rateMinutes: 1 } }), { job: "nodes" });
    assert.deepEqual(selectorOf({}, "http://prometheus.other.svc"), {});
    assert.deepEqual(selectorOf({ usage: { selector: { job: "kubelet" } } }), { job: "kubelet" });
  });
});

// The deploy stack with some of its parts.
import assert from "node:assert/strict";
import { partNames, type Part } from "../config/parts.ts";
import { configFile } from "../testing/configFiles.ts";
import { buildBaseOutputs } from "../record/replies.ts";
import { record, type Recording } from "../record.ts";

const namespaces = (recording: Recording) =>
  new Set(
    recording.resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .flatMap(({ inputs }) => (inputs["metadata"] as { namespace?: string }).namespace ?? []),
  );

/** Where the stack of base alone is deployed: neither db nor its outputs. */
const stacks = { "organization/spot-balancer/base-dev": { ...buildBaseOutputs() } };

describe("parts of the deploy stack", () => {
  it("balancer: needs neither db nor gateway, and no word of them in the configuration", async () => {
    const recording = await record("deploy-dev", {
      config: {
        parts: ["balancer"],
        prometheusUrl: "http://prometheus.observability.svc:9090",
        balancerMonitor: true,
        policy: { namespaces: { shop: {} } },
      },
      stacks,
    });
    assert.deepEqual([...namespaces(recording)].sort(), ["kube-system", "monitoring", "placeholder", "shop"]);
    assert.deepEqual(recording.all("random:index/randomPassword:RandomPassword"), []);
    assert.deepEqual(Object.keys(recording.outputs).filter((key) => /frontend|grafana|samples|demo/.test(key)), []); // prettier-ignore
    assert.equal(recording.all("kubernetes:monitoring.coreos.com/v1:PodMonitor").length, 1);
    const pod = JSON.stringify(recording.find("kubernetes:batch/v1:CronJob").inputs);
    const watcher = recording.find("kubernetes:apps/v1:Deployment", "monitoring/spot-balancer-watch").inputs;
    assert.match(JSON.stringify(watcher), /--release-on-delete=spot-balancer-watch/);
    assert.match(pod, /--prometheus=http:\/\/prometheus\.observability\.svc:9090/);
  });

  it("all of them make what the stack makes without the key", async () => {
    const config = configFile("deploy-dev");
    const [whole, named] = [
      await record("deploy-dev", { config }),
      await record("deploy-dev", { config: { ...config, parts: [...partNames] } }),
    ];
    const urns = ({ resources }: Recording) => resources.map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(urns(named), urns(whole));
    const texts = JSON.stringify(whole.all("kubernetes:apps/v1:Deployment").map(({ inputs }) => inputs));
    assert.doesNotMatch(texts, /release-on-delete/, "what moves goes with the stack");
    assert.deepEqual(Object.keys(named.outputs).sort(), Object.keys(whole.outputs).sort());
  });

  const alone: [Part[], string[]][] = [
    [["monitoring"], ["monitoring", "node-metrics"]],
    [["gateway"], ["gateway"]],
    [["demo"], ["banking", "demo"]],
  ];
  for (const [parts, expected] of alone)
    it(`${parts.join()}: makes its own namespaces, and nothing outside of them`, async () => {
      const recording = await record("deploy-dev", { config: { parts }, stacks });
      const made = recording.all("kubernetes:core/v1:Namespace").map(({ name }) => name);
      assert.deepEqual(made.sort(), expected);
    });

  const wrong: [what: string, config: Record<string, unknown>, RegExp][] = [
    [
      "the balancer without a Prometheus",
      { parts: ["balancer"] },
      /prometheusUrl: expected a URL, as parts has/,
    ],
    ["apps without the gateway", { parts: ["apps"] }, /parts: expected gateway beside apps/],
    ["none", { parts: [] }, /parts: expected at least 1 entry/],
    ["an unknown one", { parts: ["grafana"] }, /parts\[0\]: expected one of "balancer"/],
  ];
  for (const [what, config, message] of wrong)
    it(`are refused: ${what}`, async () => {
      await assert.rejects(record("deploy-dev", { config, stacks }), message);
    });
});

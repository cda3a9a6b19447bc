// Who has to be near `web`, runs beside it on regular, and whether `web` may leave it.
import assert from "node:assert/strict";
import type { PodAffinityTerm, Workload } from "../../model.ts";
import { type WorkloadChanges, buildNode, buildPods, buildWorkload, spotToleration, withCpu } from "../../testing/builders.ts"; // prettier-ignore
import { type Case, appIs, decidedFor, onZonedNodes, regular, zone } from "../../testing/refusals/case.ts";

describe("what has to be near the pods that go to spot", () => {
  const host = "kubernetes.io/hostname";
  const near = (topologyKey = host, namespaces: string[] = []): PodAffinityTerm => ({ topologyKey, selector: appIs("web"), namespaces }); // prettier-ignore
  const guest = (changes: WorkloadChanges = {}, term = near()) =>
    buildWorkload("guest", { ...changes, template: { podAffinity: [term], ...changes.template } });
  const busy = 0.6;
  const beside = (workload: Workload, cpu = busy, more: Case = {}): Case => ({
    ...more,
    parts: (web) => ({
      ...more.parts?.(web),
      workloads: [web, workload],
      pods: [web, workload].flatMap((each) => withCpu(buildPods(each, ["r1"]), each === web ? 0.02 : cpu)),
    }),
  });
  const shop = "{ namespaces: { demo: {}, shop: {} } }";
  const zoned = (spot: string, own: string) => beside(guest({}, near(zone)), busy, { parts: () => onZonedNodes(spot, own) }); // prettier-ignore
  const other = buildWorkload("other", { template: { labels: { app: "web" } } });

  const cases: [what: string, given: Case, stays: boolean][] = [
    ["could not follow them, busy as it is", beside(guest()), true],
    ["could follow them when it is idle", beside(guest(), 0.02), false],
    ["could follow them when its tier is low", beside(guest({ labels: { "spot-balancer/tier": "low" } })), false],
    ["is critical, and idle", beside(guest({ labels: { "spot-balancer/tier": "critical" } }), 0.02), true],
    ["is none of our business, and idle", beside(guest({ namespace: "shop" }, near(host, ["demo"])), 0.02), true],
    ["is idle in a namespace of ours", beside(guest({ namespace: "shop" }, near(host, ["demo"])), 0.02, { policy: shop }), false],
    ["means the pods of its own namespace", beside(guest({ namespace: "shop" })), false],
    ["tolerates spot", beside(guest({ template: { tolerations: [spotToleration] } })), false],
    ["is satisfied with their zone, where regular nodes are", zoned("a", "a"), false],
    ["wants their zone, where no regular node is", zoned("b", "a"), true],
    ["wants a place that no node names, and waits anyway", beside(guest({}, near("rack"))), false],
    ["finds others like them where it runs", { ...beside(guest()), others: [[other, ["r1"]]] }, false],
    ["finds others like them, but on spot", { ...beside(guest()), others: [[other, ["s1"]]] }, true],
    ["means others", beside(guest({}, { ...near(), selector: appIs("cache") })), false],
    ["are themselves", { web: { template: { podAffinity: [near()] } } }, false],
    ["finds those that stay on regular", beside(guest(), busy, { policy: "{ namespaces: { demo: { regularFloor: 1 } } }", web: { replicas: 2 } }), false],
    ["runs where spot has no node", beside(guest(), busy, { parts: () => ({ nodes: [regular] }) }), false],
    ["runs where no spot node is usable", beside(guest(), busy, { parts: () => ({ nodes: [regular, buildNode("spot", "s1", { cordoned: true })] }) }), false],
  ]; // prettier-ignore
  for (const [what, given, stays] of cases)
    it(what, () => {
      const { refusal } = decidedFor(given);
      const said = refusal?.message.startsWith(
        "Deployment/guest has to be near its pods, and no node near spot",
      );
      assert.equal(said ?? false, stays, refusal?.message);
      if (!stays) return;
      assert.equal(refusal!.reason, "PodAffinity");
      assert.match(String(refusal!.evidence["neighbor"]), /^Deployment\/(demo|shop)\/guest$/);
    });
});

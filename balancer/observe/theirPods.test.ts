import assert from "node:assert/strict";
import type { Node, Pod } from "../model.ts";
import { buildNode, buildPods, buildPolicy, buildWorkload } from "../testing/builders.ts";
import { asTheirPods } from "./theirPods.ts";

describe("a workload as its next pods will be", () => {
  const workload = buildWorkload("web", { replicas: 2, template: { requests: { cpu: 100, memory: 1000 } } });
  const context = {
    namespaces: [
      { name: "demo", labels: {}, nodeSelector: { zone: "1" } },
      { name: "other", labels: {}, nodeSelector: { zone: "2" } },
    ],
    priorityClasses: [],
    policy: buildPolicy(),
  };
  const noSelectors = { ...context, namespaces: [{ name: "demo", labels: {} }] };
  const see = (pods: Partial<Pod>[], own = workload, among = noSelectors, nodes: Node[] = []) =>
    asTheirPods(
      [own],
      pods.map((changes) => ({
        pod: buildPods(workload, ["n"], changes)[0]!,
        ...{ claimNames: [], drivers: [], containers: 1, hostNetwork: false },
        owner: undefined,
      })),
      among,
      nodes,
    )[0]!;

  const requests: [what: string, pods: Pod["requests"][], expected: Pod["requests"]][] = [
    ["its template's, without pods", [], { cpu: 100, memory: 1000 }],
    ["its template's, where pods ask for less", [{ cpu: 50, memory: 500 }], { cpu: 100, memory: 1000 }],
    ["more CPU, by one of its pods", [{ cpu: 50, memory: 500 }, { cpu: 300, memory: 500 }, { cpu: 200, memory: 500 }], { cpu: 300, memory: 1000 }],
    ["more memory", [{ cpu: 50, memory: 3000 }], { cpu: 100, memory: 3000 }],
    ["more of each by another pod, none of them the sum", [{ cpu: 200, memory: 500 }, { cpu: 50, memory: 2000 }], { cpu: 200, memory: 2000 }],
    ["scratch space", [{ cpu: 50, memory: 500 }, { cpu: 50, memory: 500, storage: 9 }], { cpu: 100, memory: 1000, storage: 9 }],
  ]; // prettier-ignore
  for (const [what, pods, expected] of requests)
    it(`requests ${what}`, () =>
      assert.deepEqual(see(pods.map((requests) => ({ requests }))).template.requests, expected));

  it("keeps the scratch space that only its template asks for", () => {
    const own = buildWorkload("web", { template: { requests: { cpu: 100, memory: 1000, storage: 7 } } });
    assert.equal(see([{ requests: { cpu: 300, memory: 1000 } }], own).template.requests.storage, 7);
    assert.equal(
      see([{ requests: { cpu: 1, memory: 1, storage: 8 } }], own).template.requests.storage,
      8,
      "or more of it",
    );
  });

  it("has nothing of the pods of others", () => {
    const others = { workload: "Deployment/demo/other", requests: { cpu: 900, memory: 1 }, fault: "odd" };
    assert.equal(see([others, { workload: undefined, requests: { cpu: 900, memory: 1 } }]), workload);
  });

  it("cannot be read where one of its pods cannot, and says first what is wrong with itself", () => {
    assert.equal(see([{}, { fault: "pod web-0 cannot be read" }, {}]).fault, "pod web-0 cannot be read");
    const own = buildWorkload("web", { fault: "the Deployment cannot be read" });
    assert.equal(see([{ fault: "a pod" }], own).fault, "the Deployment cannot be read");
  });

  it("stays with the operating system of its pods, where there are several (zalando/postgres-operator#1229)", () => {
    const on = (name: string, system: string) =>
      buildNode("regular", name, { labels: { "kubernetes.io/os": system } });
    const selector = (nodes: Node[], pod: Partial<Pod> = {}) =>
      see([pod], undefined, undefined, nodes).template.nodeSelector;
    const mixed = [on("n", "linux"), on("w", "windows")];
    assert.deepEqual(selector(mixed), { "kubernetes.io/os": "linux" });
    assert.deepEqual(selector(mixed, { ready: false }), {}, "where they do not start, they may be astray");
    assert.deepEqual(selector([on("n", "linux"), buildNode("spot", "s")]), {});
  });

  it("has its own namespace's node selector, which wins", () => {
    const own = buildWorkload("web", { template: { nodeSelector: { zone: "9", disk: "ssd" } } });
    assert.deepEqual(see([], own, context as never).template.nodeSelector, { zone: "1", disk: "ssd" });
  });
});

import assert from "node:assert/strict";
import type { PodTemplate } from "../../model.ts";
import { buildNode, buildPods, buildPolicy, buildWorkload, noon } from "../../testing/builders.ts";
import { appIs } from "../../testing/refusals/case.ts";
import { type NodeView, viewNode } from "../nodeView.ts";
import type { PodsInView, SeenPod } from "./podsInView.ts";
import { attraction } from "./preferences.ts";

describe("what draws an evicted pod to a node", () => {
  const view = (name: string, labels: object): NodeView =>
    viewNode(buildNode("regular", name, { labels: { ...labels } }), 0, buildPolicy(), noon);
  const [a, b, nowhere] = [view("a", { zone: "a" }), view("b", { zone: "b" }), view("c", {})];
  const key = "Deployment/demo/web";
  const there: SeenPod[] = [
    { workload: "Deployment/demo/cache", name: "cache-0", node: a },
    { workload: "Deployment/demo/cache", name: "cache-1", node: a },
    { workload: key, name: "web-1", node: b },
    { workload: key, name: "web-0", node: b }, // the evicted one itself
    { workload: key, node: b }, // planned in its place
    { workload: "Deployment/demo/new", node: b }, // planned of another one
    { workload: undefined, name: "web-0", node: a }, // of the same name, and nobody's
    { workload: "Deployment/demo/cache", name: "cache-2", node: nowhere },
  ];
  const asked: unknown[] = [];
  const pods = {
    matching: (...question: unknown[]) => (asked.push(question), there),
  } as unknown as PodsInView;
  const drawn = (preferences: PodTemplate["preferences"]) => {
    const web = buildWorkload("web", { template: preferences ? { preferences } : {} });
    const pull = attraction(key, web, buildPods(web, ["b"])[0]!, pods);
    return pull && [a, b, nowhere].map(pull);
  };
  const near = { topologyKey: "zone", selector: appIs("cache"), namespaces: [] };
  const nodes = [{ key: "zone", operator: "In" as const, values: ["b"] }];

  it("is nothing where it prefers nothing", () => {
    assert.deepEqual([drawn(undefined), drawn([])], [undefined, undefined]);
  });

  it("is the weight of each preference that holds there, and against it where it avoids", () => {
    assert.deepEqual(drawn([{ weight: 5, nodes }]), [0, 5, 0]);
    assert.deepEqual(drawn([{ weight: 5, nodes }, { weight: 2, nodes, avoids: true }]), [0, 3, 0]); // prettier-ignore
    assert.deepEqual(drawn([{ weight: 5, nodes: [] }]), [0, 0, 0], "an empty term matches no node");
  });

  it("is the more the more pods are near: those that stay, and those that others plan", () => {
    assert.deepEqual(drawn([{ weight: 10, pods: near }]), [30, 20, 0]);
    assert.deepEqual(drawn([{ weight: 10, pods: near, avoids: true }])?.map(Math.abs), [30, 20, 0]);
    assert.deepEqual(drawn([{ weight: 10, pods: near, avoids: true }])![0], -30);
    assert.deepEqual(asked.at(-1), [["demo"], near.selector]);
    drawn([{ weight: 10, pods: { ...near, namespaces: ["other"] } }]);
    assert.deepEqual(asked.at(-1), [["other"], near.selector]);
  });
});

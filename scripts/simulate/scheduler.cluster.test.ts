// The simulator's scheduler beside the real one: the same nodes for the same pods, in generated cases of a fixed seed.
import assert from "node:assert/strict";
import { KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { setTimeout as delay } from "node:timers/promises";
import { type KubeClient, connect } from "../../balancer/kube/client.ts";
import type { Node, PodTemplate } from "../../balancer/model.ts";
import { readNode } from "../../balancer/observe/nodes.ts";
import { readTemplate } from "../../balancer/observe/template.ts";
import { buildPolicy, buildWorkload } from "../../balancer/testing/builders.ts";
import { type BoundPod, unfit } from "../../balancer/testing/simCluster/feasible.ts";
import { taste } from "../../balancer/testing/simCluster/scheduler.ts";
import { bareControlPlane, type BareControlPlane } from "../local/index.ts";
import { seededChance } from "./chance.ts";
import { type SchedulerCase, schedulerCase } from "./testing/schedulerCases.ts";

const namespace = "cases";
const podsPath = `/api/v1/namespaces/${namespace}/pods`;
const cases = Array.from({ length: 200 }, (_, index) =>
  schedulerCase(index, seededChance(20 * 1000 + index)),
);
const context = { namespaces: [], priorityClasses: [] };
const policy = buildPolicy("{ pools: { spot: { nodeLabels: { spot: 'yes' } } } }");

/** In the model's words, by our own reader: what it misreads would show here too. */
function modelOf({ nodes, pods, probe }: SchedulerCase) {
  const template = (pod: V1Pod) => readTemplate(pod as never, context);
  const model = nodes.map((node) => readNode(node as never));
  const byName = new Map(model.map((node) => [node.name, node]));
  const others = pods.map((pod): BoundPod => {
    return {
      namespace,
      template: { ...template(pod), nodeSelector: {} },
      node: byName.get(pod.spec!.nodeName!)!,
    };
  });
  return { nodes: model, others, template: template(probe) };
}

const nodesThatFit = ({ nodes, others, template }: ReturnType<typeof modelOf>): string[] =>
  nodes
    .filter((node) => unfit({ namespace, template }, node, others, nodes) === undefined)
    .map(({ name }) => name)
    .sort();

describe("the simulator's scheduler beside kube-scheduler", function () {
  let server: BareControlPlane;
  /** Thousands of requests: this one takes a fifth of the CPU of the general client's. */
  let client: KubeClient;
  const create = (path: string, body: object) => client.send({ method: "POST", path, body });
  /** Of each case, the nodes that kube-scheduler chose, in the order in which it chose them. */
  const chosen = cases.map((): string[] => []);

  /** Every case once: where its probe goes now, and undefined where it fits nowhere. */
  async function choose(indices: number[]): Promise<Map<number, string | undefined>> {
    await inTurns(indices, (index) => create(podsPath, labelled(cases[index]!.probe)));
    const found = new Map<number, string | undefined>();
    const until = Date.now() + 300_000;
    while (found.size < indices.length) {
      assert.ok(Date.now() < until, `${indices.length - found.size} pods got no answer of the scheduler`);
      await delay(500);
      const { items } = await client.send<{ items: V1Pod[] }>({ path: podsPath, query: { labelSelector: "probe" } }); // prettier-ignore
      for (const { metadata, spec, status } of items) {
        const [, index] = /^case-(\d+)-probe$/.exec(metadata!.name!) ?? [];
        const isRefused = status?.conditions?.some(({ reason }) => reason === "Unschedulable");
        if (index !== undefined && (spec!.nodeName || isRefused)) found.set(Number(index), spec!.nodeName);
      }
    }
    await inTurns(indices, (index) => client.send({ method: "DELETE", path: `${podsPath}/${cases[index]!.probe.metadata!.name!}`, body: { gracePeriodSeconds: 0 } })); // prettier-ignore
    return found;
  }

  /** Takes all that is left of a node: nothing else about it changes, as its domains, labels and taints count for others. */
  function fill(index: number, nodeName: string): Promise<unknown> {
    const { nodes, others } = modelOf(cases[index]!);
    const node = nodes.find(({ name }) => name === nodeName)!;
    const taken = others.filter((other) => other.node === node).reduce((sum, { template }) => sum + template.requests.cpu, 0); // prettier-ignore
    const cpu = `${node.allocatable.cpu - taken}m`;
    const container = { name: "main", image: "none", resources: { requests: { cpu } } };
    const body = { metadata: { name: `fill-${nodeName}` }, spec: { nodeName, containers: [container] } };
    return create(podsPath, body);
  }

  before(async () => {
    const { startBareControlPlane } = await bareControlPlane();
    server = await startBareControlPlane((line) => process.stderr.write(`${line}\n`), {
      withScheduler: true,
    });
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    client = connect(config);
    await create("/api/v1/namespaces", { metadata: { name: namespace } });
    // No controller makes it.
    const account = { metadata: { name: "default" }, automountServiceAccountToken: false };
    await create(`/api/v1/namespaces/${namespace}/serviceaccounts`, account);
    await inTurns(cases.flatMap(({ nodes }) => nodes), async (node) => {
      await create("/api/v1/nodes", node);
      // Admission gives each new node the taint not-ready, which a controller would take away.
      const body = [{ op: "replace", path: "/spec/taints", value: node.spec!.taints }];
      const path = `/api/v1/nodes/${node.metadata!.name!}`;
      await client.send({ method: "PATCH", path, body, contentType: "application/json-patch+json" });
    }); // prettier-ignore
    await inTurns(cases.flatMap(({ pods }) => pods), (body) => create(podsPath, body)); // prettier-ignore
    let left = cases.map((_, index) => index);
    while (left.length > 0) {
      const found = await choose(left);
      left = left.filter((index) => found.get(index) !== undefined);
      for (const index of left) chosen[index]!.push(found.get(index)!);
      await inTurns(left, (index) => fill(index, found.get(index)!));
    }
  });
  after(async () => {
    await client?.close();
    await server?.stop();
  });

  it("finds the same nodes for every pod", () => {
    const differences = cases.flatMap((each, index) => {
      // The one difference, and its reason: who tolerates everything may go to a cordoned node, but nothing of ours is to
      // be sent there, as it is about to be drained.
      const cordoned = each.nodes
        .filter(({ spec }) => spec!.unschedulable)
        .map(({ metadata }) => metadata!.name!);
      const ours = nodesThatFit(modelOf(each));
      const theirs = chosen[index]!.filter((name) => !cordoned.includes(name)).sort();
      return ours.join() === theirs.join()
        ? []
        : [{ index, ours, theirs, features: each.features.join("; ") }];
    });
    assert.deepEqual(differences, []);
    const sizes = chosen.map(({ length }) => length);
    assert.ok(sizes.filter((size) => size === 0).length >= 10, "cases without a node");
    assert.ok(sizes.filter((size) => size >= 2).length >= 50, "cases with a choice");
    assert.ok(new Set(cases.flatMap(({ features }) => features)).size >= 12, "kinds of demands");
  });

  it("prefers the same nodes, where nothing but spot, taints and room speaks for one", () => {
    let [compared, same] = [0, 0];
    const differences: object[] = [];
    for (const [index, each] of cases.entries()) {
      const [first, ...others] = chosen[index]!;
      if (each.isSwayed || first === undefined || others.length === 0) continue;
      const scores = tastes(each, chosen[index]!);
      compared++;
      const best = Math.max(...scores.values());
      if (scores.get(first) === best) same++;
      // BalancedAllocation, which the simulator leaves out, weighs at most as much as the room that is left.
      else if (best - scores.get(first)! > 1)
        differences.push({ index, first, scores: Object.fromEntries(scores) });
    }
    assert.deepEqual(differences, []);
    process.stderr.write(
      `    ${same} of ${compared} choices are the simulator's; the others differ by balance\n`,
    );
    assert.ok(compared >= 30 && same >= 0.8 * compared, `${same} of ${compared}`);
  });
});

function tastes(each: SchedulerCase, names: string[]): Map<string, number> {
  const { nodes, others, template } = modelOf(each);
  const workload = buildWorkload("probe", { placement: each.isPlaced ? "spot" : "regular" });
  const asPlaced: PodTemplate = template;
  const taken = (node: Node) => {
    const here = others.filter((other) => other.node === node).map((other) => other.template.requests);
    const sum = (pick: (one: { cpu: number; memory: number }) => number) => here.reduce((all, one) => all + pick(one), 0);
    return { cpu: sum(({ cpu }) => cpu), memory: sum(({ memory }) => memory) };
  }; // prettier-ignore
  const wantsSpot = workload.placement === "spot";
  return new Map(
    nodes
      .filter(({ name }) => names.includes(name))
      .map((node) => [node.name, taste({ template: asPlaced, wantsSpot }, node, taken(node), policy)]),
  );
}

/** So that only probes are listed. */
const labelled = (probe: V1Pod): V1Pod => ({
  ...probe,
  metadata: { ...probe.metadata, labels: { ...probe.metadata!.labels, probe: "" } },
});

/** Twenty at a time. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const one = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 20 }, one));
}

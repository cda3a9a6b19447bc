// Whether the most nodes that spot may have are enough for a workload.
import assert from "node:assert/strict";
import type { Node, Pod, Resources } from "../model.ts";
import { buildNode, buildPods, buildPolicy, buildSnapshot, buildWorkload, minute, noon } from "../testing/builders.ts"; // prettier-ignore
import { tooSmallMaximum } from "./maximum.ts";
import { buildWorld } from "./world.ts";

const mebibyte = 2 ** 20;
/** By name, each of 1000 millicores, 1000 MiB and nine pods. */
const spot = (name: string, allocatable: Partial<Node["allocatable"]> = {}, changes: Partial<Node> = {}) =>
  buildNode("spot", name, {
    allocatable: { cpu: 1000, memory: 1000 * mebibyte, pods: 9, ...allocatable },
    ...changes,
  });
const lost = { ready: false, readySince: noon - 60 * minute };
const size = (cpu: number, mebibytes: number): Resources => ({ cpu, memory: mebibytes * mebibyte });

interface Given {
  nodes: Node[];
  maxSize?: number | undefined;
  /** Of each of its pods. */
  requests: Resources;
  replicas?: number;
  /** On which nodes it has pods already. */
  on?: string[];
  /** Other workloads, by name, each with what its pods request and where they are. */
  others?: Record<string, [requests: Resources, on: string[], changes?: Partial<Pod>]>;
  high?: number;
}

function tooSmall({ nodes, maxSize, requests, replicas = 1, on = [], others = {}, high = 0.95 }: Given) {
  const web = buildWorkload("web", { replicas, template: { requests } });
  const more = Object.entries(others).map(([name, [its, names, changes]]) => {
    const workload = buildWorkload(name, {
      namespace: name === "placeholder" ? name : "other",
      template: { requests: its, ...(name === "low" && { priority: -1 }) },
    });
    return { workload, pods: buildPods(workload, names, changes) };
  });
  const world = buildWorld(
    buildSnapshot({
      nodes: [buildNode("regular", "r1"), ...nodes],
      workloads: [web, ...more.map(({ workload }) => workload)],
      pods: [...more.flatMap(({ pods }) => pods), ...buildPods(web, on)],
      poolHealth: [{ pool: "spot", health: "Healthy", backoff: false, ...(maxSize !== undefined && { maxSize }) }],
    }),
    buildPolicy(`{ namespaces: { demo: {} }, pressure: { spot: { highUtilization: ${high}, lowUtilization: 0.1 } } }`),
    noon,
  ); // prettier-ignore
  const candidate = world.candidates.find(({ key }) => key === "Deployment/demo/web")!;
  return tooSmallMaximum(candidate, replicas, world);
}

describe("the most nodes that spot may have", () => {
  const [s1, s2, s3] = ["s1", "s2", "s3"].map((name) => spot(name)) as [Node, Node, Node];
  const daemon = { workload: "DaemonSet/other/agent" };
  const ours = { labels: { "spot-balancer/placeholder": "true" } };

  const enough: [what: string, given: Given][] = [
    ["with nodes that there are", { nodes: [s1, s2], maxSize: 2, requests: size(900, 1), replicas: 2 }],
    ["with nodes to come", { nodes: [s1], maxSize: 3, requests: size(900, 1), replicas: 3 }],
    ["with both, whichever one has its pods", { nodes: [s1], maxSize: 2, requests: size(900, 1), replicas: 2, on: ["s1"] }],
    ["just at the water mark", { nodes: [s1], maxSize: 1, requests: size(500, 500), high: 0.5 }],
    ["beside others, with as many places as it needs", { nodes: [spot("s1", { pods: 3 })], maxSize: 1, requests: size(1, 1), replicas: 2, others: { full: [size(1, 1), ["s1"]] } }],
    ["beside placeholders, ours", { nodes: [s1], maxSize: 1, requests: size(900, 900), others: { placeholder: [size(500, 500), ["s1"], ours] } }],
    ["beside placeholders, anybody's", { nodes: [s1], maxSize: 1, requests: size(900, 900), others: { low: [size(500, 500), ["s1"]] } }],
    ["beside what comes with each node, which counts once", { nodes: [s1], maxSize: 1, requests: size(550, 550), others: { agent: [size(400, 400), ["s1"], daemon] } }],
    ["beside a node that has more than its room", { nodes: [s1, s2, s3], maxSize: 3, requests: size(100, 900), replicas: 2, high: 0.99, others: { full: [size(1, 1100), ["s1"]] } }],
    ["for what requests nothing", { nodes: [s1], maxSize: 1, requests: size(0, 0), replicas: 9 }],
    ["where nobody says how many", { nodes: [s1], requests: size(900, 1), replicas: 9 }],
    ["where there is none to go by", { nodes: [spot("s1", {}, lost)], maxSize: 1, requests: size(900, 1), replicas: 9 }],
    ["where spot has no node", { nodes: [], requests: size(900, 1), replicas: 9 }],
  ]; // prettier-ignore
  for (const [what, given] of enough) it(`is enough ${what}`, () => assert.equal(tooSmall(given), undefined));

  const few: [what: string, given: Given, nodes: number, evenAlone: boolean][] = [
    ["pods of which each needs more than half of a node's CPU", { nodes: [s1], maxSize: 2, requests: size(550, 1), replicas: 3 }, 2, true],
    ["pods of which each needs more than half of a node's memory", { nodes: [s1], maxSize: 2, requests: size(1, 550), replicas: 3 }, 2, true],
    ["more pods than its nodes take", { nodes: [spot("s1", { pods: 3 })], maxSize: 2, requests: size(1, 1), replicas: 7 }, 2, true],
    ["pods without any request, more than its nodes take", { nodes: [s1], maxSize: 1, requests: size(0, 0), replicas: 10 }, 1, true],
    ["what fills its CPU above the water mark", { nodes: [s1], maxSize: 1, requests: size(501, 1), high: 0.5 }, 1, true],
    ["what fills its memory above the water mark", { nodes: [s1], maxSize: 1, requests: size(1, 501), high: 0.5 }, 1, true],
    ["what fills it beside others, by CPU", { nodes: [s1], maxSize: 1, requests: size(300, 1), high: 0.5, others: { full: [size(300, 1), ["s1"]] } }, 1, false],
    ["what fills it beside others, by memory", { nodes: [s1], maxSize: 1, requests: size(1, 300), high: 0.5, others: { full: [size(1, 300), ["s1"]] } }, 1, false],
    ["what others leave no room for", { nodes: [s1, s2], maxSize: 2, requests: size(1, 700), replicas: 1, others: { full: [size(1, 400), ["s1", "s2"]] } }, 2, false],
    ["what others leave too few places for", { nodes: [spot("s1", { pods: 3 })], maxSize: 1, requests: size(1, 1), replicas: 2, others: { full: [size(1, 1), ["s1", "s1"]] } }, 1, false],
    ["what finds no room beside what comes with each node, and others", { nodes: [s1], maxSize: 1, requests: size(500, 1), others: { agent: [size(300, 1), ["s1"], daemon], full: [size(300, 1), ["s1"]] } }, 1, false],
    ["what would fit with a node that is lost", { nodes: [s1, spot("s2", { cpu: 9000 }, lost)], maxSize: 2, requests: size(1500, 1) }, 2, true],
    ["what is there with one of two already", { nodes: [s1], maxSize: 1, requests: size(600, 1), replicas: 2, on: ["s1"] }, 1, true],
  ]; // prettier-ignore
  for (const [what, given, nodes, evenAlone] of few)
    it(`is too small for ${what}`, () => assert.deepEqual(tooSmall(given), { nodes, evenAlone }));
});

// Whether its image is known to run on the machines that the placement would open to it.
//
// Clouds taint no pool of another architecture (kubernetes/test-infra#36203 of AKS, kubernetes/k8s.io#9428 of EKS), so what
// kept an image made for amd64 away from arm64 spot nodes was the taint of spot, which the placement tolerates:
// `exec format error`, and a rollout that stands still (zalando-incubator/kubernetes-on-aws#9221).
import { nodeFit } from "../fit/nodeFit.ts";
import type { NodeView } from "../nodeView.ts";
import { templateOn } from "../room.ts";
import type { Check } from "./check.ts";

const architecture = "kubernetes.io/arch";
/** The old name selects as well, but only where nodes still have it. */
const names = [architecture, "beta.kubernetes.io/arch"];

/** By the nodes of a world: every candidate asks. Without a label nothing is known, and nothing is made of it. */
const asked = new WeakMap<NodeView[], Map<string, NodeView[]>>();

function nodesByArchitecture(nodes: NodeView[]): Map<string, NodeView[]> {
  let found = asked.get(nodes);
  if (!found) {
    const labeled = nodes.filter(({ node }) => node.labels[architecture] !== undefined);
    found = Map.groupBy(labeled, ({ node }) => node.labels[architecture]!);
    asked.set(nodes, found);
  }
  return found;
}

/** It could have been made for it: it says so, runs on it, or was open to it all the time. */
export const architectureKnown: Check = (candidate, world) => {
  const byArchitecture = nodesByArchitecture(world.nodes);
  if (byArchitecture.size < 2) return undefined;
  const { template } = candidate.workload;
  const isNamed = (keys: string[]) => keys.some((key) => names.includes(key));
  const terms = template.nodeAffinity.map((term) => term.map(({ key }) => key));
  if (isNamed(Object.keys(template.nodeSelector)) || (terms.length > 0 && terms.every(isNamed)))
    return undefined;

  const runsOn = new Set(candidate.pods.flatMap(({ ready, nodeName = "" }) => (ready ? nodeName : [])));
  const [before, placed] = [nodeFit(template), nodeFit(templateOn("spot", candidate, world))];
  const isNew = ([, nodes]: [string, NodeView[]]) =>
    nodes.some(({ node, priority }) => priority === "spot" && placed(node) === undefined) &&
    !nodes.some(({ node }) => runsOn.has(node.name) || before(node) === undefined);
  const [found] = [...byArchitecture].toSorted(([a], [b]) => (a < b ? -1 : 1)).find(isNew) ?? [];
  if (found === undefined) return undefined;
  return {
    reason: "NodeAffinity",
    message: `there are spot nodes of architecture ${found}, for which nothing says that its image is made: name ${architecture} in its node selector, or required node affinity, with each that it runs on`,
    evidence: { architecture: found },
  };
};

// Whether there are nodes that it may go to, and such that it may come back to, however full they are.
import type { PodTemplate, Priority } from "../../model.ts";
import { labelsText, own } from "../../own.ts";
import { holds, roomWhenEmpty } from "../fit/emptyNode.ts";
import { type NodeMismatch, nodeFit } from "../fit/nodeFit.ts";
import type { NodeView } from "../nodeView.ts";
import { templateOn } from "../room.ts";
import { isAllowed, spotTolerations } from "../tolerations.ts";
import type { Candidate, World } from "../world.ts";
import { architectureKnown } from "./architecture.ts";
import { neighborsCanFollow } from "./neighbors.ts";
import type { Check } from "./check.ts";

/** In the order in which they are asked; the size only of nodes to come back to. */
const mismatches: Record<NodeMismatch | "Size", string> = {
  NodeAffinity: "its node selector, required node affinity or operating system matches none of the",
  Taints: "it does not tolerate the taints of the",
  VolumeZone: "its volume is bound to a place without any of the",
  VolumeDriver: "a CSI driver that its volumes need runs on none of the",
  Size: "a pod of it is larger than any of the",
};

/** Its new pods would be refused one by one, and the old ones stay (kubernetes/kubernetes#64616). */
const mayTolerate: Check = ({ workload: { namespace } }, { allowedTolerations, policy }) => {
  const allowed = allowedTolerations.get(namespace);
  const refused = allowed && spotTolerations(policy).find((each) => !isAllowed(each, allowed));
  return refused
    ? {
        reason: "Taints",
        message: `its namespace makes no pod that tolerates ${refused.key} (annotation scheduler.alpha.kubernetes.io/tolerationsWhitelist)`,
      }
    : undefined;
};

/** Where there is no spot node at all, one that fits might come: whoever looks for room says so. */
const spotNodeMatches: Check = (candidate, world) => {
  const found = lookForNode("spot", templateOn("spot", candidate, world), world);
  if (found.nodes === 0 || !found.mismatch || found.mismatch === "Size") return undefined;
  const which = found.mismatch === "VolumeDriver" ? `: ${missingDrivers(candidate, world)}` : "";
  return {
    reason: found.mismatch,
    message: `${mismatches[found.mismatch]} ${found.nodes} spot nodes${which}`,
    evidence: { spotNodes: found.nodes },
    side: "spot",
  };
};

function missingDrivers({ workload }: Candidate, { nodes }: World): string {
  const onSpot = nodes.filter(({ priority }) => priority === "spot").map(({ node }) => node);
  const { drivers = [] } = workload.template.volumes;
  return drivers.filter((driver) => onSpot.some((node) => node.lacksDrivers?.includes(driver))).join(", ");
}

/** What becomes busy on spot must be able to leave it; what asks for spot by itself has nowhere to come back to. */
const wayBack: Check = ({ workload: { template } }, world) => {
  if (asksForSpot(template, world)) return undefined;
  const { nodes, mismatch } = lookForNode("regular", template, world);
  if (!mismatch) return undefined;
  const none = `no usable node is regular by policy (${labelsText(world.policy.pools.regular.nodeLabels)})`;
  return {
    reason: "NoWayBack",
    message: `it could not come back: ${nodes === 0 ? none : `${mismatches[mismatch]} ${nodes} regular nodes`}`,
    evidence: { regularNodes: nodes },
  };
};

function asksForSpot({ nodeSelector, nodeAffinity }: PodTemplate, { policy }: World): boolean {
  const asked = [...Object.keys(nodeSelector), ...nodeAffinity.flat().map(({ key }) => key)];
  return asked.some((key) => own(policy.pools.spot.nodeLabels, key) !== undefined);
}

/** @returns how many usable nodes there are, and what the furthest of them says, when none of them takes the template */
function lookForNode(
  priority: Priority,
  template: PodTemplate,
  world: World,
): { nodes: number; mismatch?: NodeMismatch | "Size" } {
  const fit = nodeFit(template);
  let nodes = 0;
  let furthest: NodeMismatch | "Size" = "NodeAffinity";
  const order = Object.keys(mismatches);
  const isTooSmall = (view: NodeView) =>
    !holds(roomWhenEmpty(view.node, world.podsByNode), template.requests);
  for (const view of world.nodes) {
    if (view.priority !== priority || view.standing !== "usable") continue;
    nodes++;
    const mismatch = fit(view.node) ?? (priority === "regular" && isTooSmall(view) ? "Size" : undefined);
    if (!mismatch) return { nodes };
    if (order.indexOf(mismatch) > order.indexOf(furthest)) furthest = mismatch;
  }
  return { nodes, mismatch: furthest };
}

/** For every move to spot; only people change what these say. */
export const hasNodes: Check[] = [
  mayTolerate,
  spotNodeMatches,
  architectureKnown,
  neighborsCanFollow,
  wayBack,
];

// Pods that would run on spot and find no room there, and what a placeholder must be like for the autoscaler to make it.
import type { PodTemplate, RefusalReason, Resources } from "../model.ts";
import { hostname, topologyKeys } from "./apart.ts";
import { holds, roomWhenEmpty } from "./fit/emptyNode.ts";
import { nodeFit } from "./fit/nodeFit.ts";
import type { Objection } from "./objection.ts";
import { templateOn } from "./room.ts";
import { wasDrainedAlone } from "./strays.ts";
import type { Candidate, World } from "./world.ts";

export interface Wanted {
  /** Of one pod. */
  requests: Resources;
  count: number;
  /** There is room, but not on a node of its own: so a placeholder has to fill a node, millicores. */
  nodeCpu?: number;
}

const moreRoom = new Set<RefusalReason>(["NoCapacityOnSpot", "NoSpotNodes", "AboveWaterMark"]);
/** What another node would end, though there is room on those that there are; the first two where it is by node. */
const moreNodes = new Set<RefusalReason>(["AntiAffinity", "TopologySpread", "HostPort", "VolumeLimit"]);
const byTerms = new Set<RefusalReason>(["AntiAffinity", "TopologySpread"]);

/** Whether another node would end it. What misses a zone may miss it on the next one too: nobody knows where that will be. */
export function endsByNodes(template: PodTemplate, reason: RefusalReason): boolean {
  const keys = topologyKeys(template);
  return (
    moreNodes.has(reason) &&
    keys.every((key) => key === hostname) &&
    (keys.length > 0 || !byTerms.has(reason))
  );
}

/**
 * @param missing so many of its pods are not on spot
 * @returns undefined: neither room nor a node more would do
 */
export function wantedFor(
  candidate: Candidate,
  { reason, missing: apart = 1 }: Objection,
  missing: number,
  world: World,
): Wanted | undefined {
  const { template, placement } = candidate.workload;
  const { requests } = template;
  if (missing <= 0) return undefined;
  if (placement === "spot" && wasDrainedAlone(candidate.workload, world)) return undefined;
  if (moreRoom.has(reason)) return { requests, count: missing };
  if (!endsByNodes(template, reason)) return undefined;
  const mismatch = nodeFit(templateOn("spot", candidate, world));
  const rooms = world.nodes
    .filter(({ priority, standing, node }) => priority === "spot" && standing === "usable" && !mismatch(node))
    .map(({ node }) => roomWhenEmpty(node, world.podsByNode))
    .filter((room) => holds(room, requests));
  if (rooms.length === 0) return undefined;
  // All but the one more with which a rollout begins may have found a place.
  const count = Math.max(1, apart);
  // Its CPU alone: memory differs a little from one node of a size to the next, and what fits on none asks for ever.
  return { requests, count, nodeCpu: Math.min(...rooms.map(({ cpu }) => cpu)) };
}

// Workloads that no spot node would do for, however many came: remembered for as long as spot has none.
import type { BalancerState, RefusalReason } from "../model.ts";
import { topologyKeys } from "./apart.ts";
import { tooSmallMaximum } from "./maximum.ts";
import type { Objection } from "./objection.ts";
import { endsByNodes } from "./wanted.ts";
import type { Candidate, World } from "./world.ts";

export interface Denied {
  candidate: Candidate;
  objection: Objection;
}

/** A pool of nodes is changed seldom, and a try costs minutes of a node. */
const rememberedMs = 24 * 60 * 60_000;
/** A ConfigMap holds 1 MiB. */
const most = 1000;

/** What no node of the kind that there is would end. Taints and drivers come and go while a node starts. */
const byKind = new Set<RefusalReason>([
  "NodeAffinity",
  "VolumeZone",
  "PodAffinity",
  "AntiAffinity",
  "TopologySpread",
]);

/**
 * Spot has nodes, and none is in a zone that it needs, or has the label that it selects, or the neighbors; or its pools may
 * not get large enough. Asked for, nodes would come, stay without use, and go; and an empty pool does not say so.
 */
function isInVain({ candidate, objection }: Denied): boolean {
  if (objection.inVain) return true;
  if (objection.side !== "spot" || !byKind.has(objection.reason)) return false;
  return !endsByNodes(candidate.workload.template, objection.reason);
}

/** Why no node is asked for, though one is missing. @param replicas of it that would be on spot */
export function whyInVain(
  candidate: Candidate,
  replicas: number,
  reason: RefusalReason,
  world: World,
): Pick<Objection, "message" | "inVain"> | undefined {
  const tooSmall = tooSmallMaximum(candidate, replicas, world);
  if (tooSmall) {
    // While others are in its way spot is not empty, and this is seen each round.
    return {
      inVain: tooSmall.evenAlone,
      message: `none is asked for: spot may have ${tooSmall.nodes} nodes at most, too few for all of it`,
    };
  }
  if (!wasInVain(candidate, reason, world)) return undefined;
  return {
    message:
      "none is asked for: within the last day spot would not have done for it, by its zones, labels, neighbors or size",
  };
}

/** It was so in the last day, and may be so with the next node. */
function wasInVain({ key, workload: { template } }: Candidate, reason: RefusalReason, world: World): boolean {
  if (!isRemembered(world.snapshot.state.askedInVain?.[key], world.now)) return false;
  // Nodes that only lack room are such as it selects; of zones and neighbors they say nothing.
  return reason === "NoSpotNodes" || template.podAffinity.length > 0 || topologyKeys(template).length > 0;
}

/** For the next round. */
export function askedInVain(
  { snapshot, workloads, now }: World,
  denied: Denied[],
): BalancerState["askedInVain"] {
  const inVain = new Set(denied.filter(isInVain).map(({ candidate }) => candidate.key));
  const before = Object.entries(snapshot.state.askedInVain ?? {}).filter(
    ([key, at]) => workloads.has(key) && !inVain.has(key) && isRemembered(at, now),
  );
  const all = [...[...inVain].map((key): [string, number] => [key, now]), ...before];
  return all.length > 0 ? Object.fromEntries(all.slice(0, most)) : undefined;
}

const isRemembered = (at: number | undefined, now: number) => at !== undefined && now - at < rememberedMs;

// Finds a node for each replica of a workload: the emptiest first, as the scheduler would.
import TinyQueue from "tinyqueue";
import type { Attachments, HostPort, Pod, PodTemplate, Priority, Workload } from "../../model.ts";
import type { NodeView } from "../nodeView.ts";
import { isAdvisedAgainst, nodeFit } from "./nodeFit.ts";
import type { Demand } from "./demand.ts";
import type { ReplicaZones } from "./replicaZones.ts";
import type { TopologyRules } from "./topology.ts";

/** Why no node takes a pod, in the order in which a node is asked; the furthest answer of all nodes is reported. */
const stages = [
  "NoNodes",
  "NodeAffinity",
  "Taints",
  "VolumeZone",
  "VolumeDriver",
  "NoCapacity",
  "HostPort",
  "VolumeLimit",
  "ReplicaZone",
  "AntiAffinity",
  "PodAffinity",
  "TopologySpread",
] as const;
type Stage = (typeof stages)[number];
export type Misfit = Exclude<Stage, "ReplicaZone">;

export interface PlacingRequest {
  key: string;
  workload: Workload;
  /** As it will be on the destination: with the spot toleration, if it goes there. */
  template: PodTemplate;
  priority: Priority;
  count: number;
  /** Nodes where pods of the workload end their life by this move: their room counts as free for it. */
  leaving: NodeView[];
  /** Room for pods that are on their way by themselves: no move of ours evicts placeholders for them. */
  isKept?: boolean;
  /** Of an eviction, which leaves the workload's other pods where they are; missing: all its old pods go. */
  evicted?: Pod[];
}

/** `placed`: how many pods found room before one did not. */
export interface NotPlaced {
  misfit: Misfit;
  placed: number;
  /** Memory that each pod uses beyond its request, and that had to be unused on its node. */
  inUse?: number;
}

/** The room to search in; `take` and `give` book and return the room of one pod. */
export interface Room {
  usable(priority: Priority): NodeView[];
  /**
   * What part of the node stays free with one such pod more (0…1, mean of CPU and memory), and 1 more where it takes no
   * placeholder's room; below 0: no room.
   */
  shareLeft(view: NodeView, demand: Demand): number;
  take(view: NodeView, demand: Demand): void;
  give(view: NodeView, demand: Demand): void;
  hasFreePorts(view: NodeView, ports: HostPort[]): boolean;
  canAttach(view: NodeView, attachments: Attachments | undefined): boolean;
  /** Undefined: its replicas have no disks that tie each to a zone of its own. */
  zones(request: PlacingRequest): ReplicaZones | undefined;
  rules(request: PlacingRequest): TopologyRules;
}

interface Offer {
  view: NodeView;
  share: number;
}

/** Books the room that it found; when it did not find it for all, nothing is booked. */
export function findNodes(request: PlacingRequest, demand: Demand, room: Room): NodeView[] | NotPlaced {
  const { template, count } = request;
  const { hostPorts } = template;
  const nodes: NodeView[] = [];
  const refused = new Furthest();
  const offers = new TinyQueue(offersFor(request, demand, room, refused), bestFirst);
  // Costly to prepare, and not asked where there is no room anyway.
  let rules: TopologyRules | undefined;
  const zones = room.zones(request);
  /** Refused by a spread, which other replicas may yet even out. */
  let waiting: Offer[] = [];
  while (nodes.length < count) {
    const offer = offers.pop();
    if (!offer) {
      for (const view of nodes) room.give(view, demand);
      const { inUse } = demand;
      return { misfit: refused.reason, placed: nodes.length, ...(inUse !== undefined && { inUse }) };
    }
    const { view } = offer;
    rules ??= room.rules(request);
    const misfit = ((): Stage | undefined => {
      if (hostPorts.length > 0 && (nodes.includes(view) || !room.hasFreePorts(view, hostPorts)))
        return "HostPort";
      if (!room.canAttach(view, demand.attachments)) return "VolumeLimit";
      return zones?.allows(view) === false ? "ReplicaZone" : rules.mismatch(view);
    })();
    if (misfit) {
      refused.add(misfit);
      if (misfit === "TopologySpread") waiting.push(offer);
      continue;
    }
    nodes.push(view);
    room.take(view, demand);
    rules.placed(view);
    zones?.placed(view);
    const share = room.shareLeft(view, demand);
    if (share >= 0) offers.push({ view, share });
    else refused.add("NoCapacity");
    for (const again of waiting) offers.push(again);
    waiting = [];
  }
  return nodes;
}

/** Nodes with room that the template may go to at all. */
function offersFor(
  { template, priority }: PlacingRequest,
  demand: Demand,
  room: Room,
  refused: Furthest,
): Offer[] {
  const mismatch = nodeFit(template);
  // What merely prefers spot goes to regular rather than to a spot node that a taint advises against.
  let couldBeElsewhere: boolean | undefined;
  const isAvoided = ({ node, advises }: NodeView) =>
    advises &&
    priority === "spot" &&
    isAdvisedAgainst(template, node) &&
    (couldBeElsewhere ??= room.usable("regular").some((other) => mismatch(other.node) === undefined));
  const offers: Offer[] = [];
  for (const view of room.usable(priority)) {
    const share = room.shareLeft(view, demand);
    // Of full nodes one that would do otherwise says it all; the question is dear when asked of thousands.
    if (share < 0 && refused.has("NoCapacity")) continue;
    const reason = mismatch(view.node) ?? (isAvoided(view) ? "Taints" : share < 0 ? "NoCapacity" : undefined);
    if (reason) refused.add(reason);
    else offers.push({ view, share });
  }
  return offers;
}

const bestFirst = (a: Offer, b: Offer) => b.share - a.share || a.view.index - b.view.index;

class Furthest {
  private stage = 0;

  add(misfit: Stage): void {
    this.stage = Math.max(this.stage, stages.indexOf(misfit));
  }

  /** At least as far as this. */
  has(misfit: Misfit): boolean {
    return this.stage >= stages.indexOf(misfit);
  }

  get reason(): Misfit {
    const furthest = stages[this.stage]!;
    return furthest === "ReplicaZone" ? "VolumeZone" : furthest;
  }
}

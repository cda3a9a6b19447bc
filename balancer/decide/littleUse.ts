// Nodes of little use: the cluster autoscaler drains them, so that what we move there does not stay there.
import type { Pod, Resources } from "../model.ts";
import { healthOf } from "./autoscaledPools.ts";
import type { NodeView } from "./nodeView.ts";
import { keepsRoom } from "./placeholders.ts";
import type { World } from "./world.ts";

/**
 * Its default (`scale-down-utilization-threshold`): what is requested less goes, once its pods fit elsewhere.
 * https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
 */
const usefulFrom = 0.5;

export const isLittle = (requests: Resources, { cpu, memory }: Resources): boolean =>
  requests.cpu < usefulFrom * cpu && requests.memory < usefulFrom * memory;

/**
 * Whether the node stands: nobody says that its pool may shrink, the pool has no more than its minimum, or it is of use.
 * @param coming what it gets, from another node that has room for it then
 */
export function isKept(view: NodeView, world: World, coming: Resources[] = []): boolean {
  const minimum = mayShrinkTo(view, world);
  if (minimum === undefined || isOfUse(view, world, coming)) return true;
  return world.nodes.filter(({ pool }) => pool === view.pool).length <= minimum;
}

/** Likewise when its pool has got more nodes. */
export const isKeptAmongMore = (view: NodeView, world: World, coming: Resources[]): boolean =>
  mayShrinkTo(view, world) === undefined || isOfUse(view, world, coming);

/** Nodes that its pool keeps; undefined: all, as far as anybody says. */
function mayShrinkTo({ node, pool }: NodeView, world: World): number | undefined {
  if (pool === "" || node.scaleDownDisabled) return undefined;
  return healthOf(pool, world.nodes, world.snapshot.poolHealth)?.minSize;
}

/** Enough is requested of the node, apart from what only keeps room, or some of its pods fit nowhere else. */
function isOfUse(view: NodeView, world: World, coming: Resources[]): boolean {
  const staying = workOn(view, world).map(({ requests }) => requests);
  const sum = { cpu: 0, memory: 0 };
  for (const { cpu, memory } of [...staying, ...coming]) {
    sum.cpu += cpu;
    sum.memory += memory;
  }
  if (!isLittle(sum, view.node.allocatable)) return true;
  const isOther = (each: NodeView) =>
    each !== view && each.priority === view.priority && each.standing === "usable";
  return !staying.every((requests) =>
    world.nodes.some((each) => isOther(each) && hasRoom(each, requests, world)),
  );
}

/** By round: what is free of each node that was asked about. */
const rounds = new WeakMap<World, Map<NodeView, Resources>>();

/** Beside what is there, but for what only keeps room. */
export function hasRoom(view: NodeView, { cpu, memory }: Resources, world: World): boolean {
  const known = rounds.get(world) ?? new Map<NodeView, Resources>();
  rounds.set(world, known);
  let free = known.get(view);
  if (!free) {
    free = { ...view.node.allocatable };
    for (const { requests } of workOn(view, world)) {
      free.cpu -= requests.cpu;
      free.memory -= requests.memory;
    }
    known.set(view, free);
  }
  return free.cpu >= cpu && free.memory >= memory;
}

const workOn = ({ node }: NodeView, world: World): Pod[] =>
  (world.podsByNode.get(node.name) ?? []).filter((pod) => !keepsRoom(world, pod));

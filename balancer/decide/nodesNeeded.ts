// How many of the nodes that are there some pods need: packed whole, the largest first, into as few as that finds.
//
// Sums of requests promise more than any scheduler can do: eight pods of 0.55 nodes each need eight nodes, and what fits
// beside them saves none of these by leaving.
import type { Resources } from "../model.ts";

/** So many alike, with so much room, or request, each. */
interface Alike extends Resources {
  count: number;
}

interface Nodes extends Alike {
  isUsed?: true;
}

/**
 * By first fit, largest first: where nodes are alike and one resource decides, at most 11/9 of the fewest.
 * @param rooms of each node: what it has for pods that need not be on this one
 * @returns all of them where it finds no place for a pod
 */
export function nodesNeeded(rooms: Resources[], pods: Resources[]): number {
  const perCpu = sum(rooms, "memory") / sum(rooms, "cpu") || 1;
  let nodes: Nodes[] = grouped(rooms).sort(descending(({ cpu, memory }) => cpu + memory / perCpu));
  for (const pod of grouped(pods).sort(descending(({ cpu, memory }) => Math.max(cpu, memory / perCpu)))) {
    nodes = nodes.flatMap((alike) => filled(alike, pod));
    if (pod.count > 0) return rooms.length;
  }
  return nodes.reduce((total, { count, isUsed }) => total + (isUsed ? count : 0), 0);
}

/** The nodes on which as many stand as go there, the one with those that are left over, and the rest. */
function filled(nodes: Nodes, pod: Alike): Nodes[] {
  const each = Math.min(pod.count, times(nodes.cpu, pod.cpu), times(nodes.memory, pod.memory));
  if (each === 0) return [nodes];
  const count = Math.min(nodes.count, Math.floor(pod.count / each));
  pod.count -= count * each;
  const { cpu, memory } = nodes;
  const full: Nodes = { cpu: cpu - each * pod.cpu, memory: memory - each * pod.memory, count, isUsed: true };
  const rest = { ...nodes, count: nodes.count - count };
  return rest.count === 0 ? [full] : [full, ...filled(rest, pod)];
}

const times = (room: number, request: number): number =>
  request <= 0 ? Infinity : Math.max(0, Math.floor(room / request));

const sum = (rooms: Resources[], of: "cpu" | "memory"): number =>
  rooms.reduce((total, room) => total + room[of], 0);

const descending =
  <Value>(of: (value: Value) => number) =>
  (a: Value, b: Value): number =>
    of(b) - of(a);

function grouped(all: Resources[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const { cpu, memory } of all) {
    const key = `${cpu}/${memory}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { cpu, memory, count: 1 });
  }
  return [...groups.values()];
}

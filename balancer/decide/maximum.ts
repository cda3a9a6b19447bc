// Whether spot, as large as its pools may get, has room for all of a workload: what it has none for is not asked for.
import type { Node, Resources } from "../model.ts";
import { knowsAllGroups, maximumOf } from "./autoscaledPools.ts";
import { type EmptyRoom, roomWhenEmpty } from "./fit/emptyNode.ts";
import { keepsRoom } from "./placeholders.ts";
import { isOnEveryNode } from "./podRoles.ts";
import type { Candidate, World } from "./world.ts";

export interface TooSmall {
  /** So many nodes spot may have. */
  nodes: number;
  /** Also with nothing else there; else others are in the way, and may go. */
  evenAlone: boolean;
}

/**
 * A workload goes as a whole. The nodes that can be had of those it asks for would stand for ever without it, held by what
 * keeps room for it.
 * @param replicas of it on spot
 * @returns undefined: there is enough room, or nobody knows
 */
export function tooSmallMaximum(candidate: Candidate, replicas: number, world: World): TooSmall | undefined {
  const { nodes, podsByNode, snapshot } = world;
  if (!knowsAllGroups(nodes, snapshot.poolHealth)) return undefined;
  const spot = nodes.filter(({ priority }) => priority === "spot");
  const [there, coming]: [Node[], Node[]] = [[], []];
  for (const [pool, members] of Map.groupBy(spot, (view) => view.pool)) {
    const maximum = maximumOf(pool, nodes, snapshot.poolHealth);
    const usable = members.filter(({ standing }) => standing === "usable").map(({ node }) => node);
    const [sample] = usable;
    if (maximum === undefined || !sample) return undefined;
    there.push(...usable);
    for (let i = usable.length; i < maximum; i++) coming.push(sample);
  }
  const all = [...there, ...coming];
  if (all.length === 0) return undefined;
  const sizes = all.map(({ allocatable }) => allocatable);
  const size = { cpu: sum(sizes, "cpu"), memory: sum(sizes, "memory") };
  const empty = (node: Node) => roomWhenEmpty(node, podsByNode);
  const beside = [...there.map((node) => roomBesideOthers(node, candidate, world)), ...coming.map(empty)];
  if (fits(candidate, replicas, beside, size, world)) return undefined;
  return { nodes: all.length, evenAlone: !fits(candidate, replicas, all.map(empty), size, world) };
}

function fits(
  { workload: { template } }: Candidate,
  replicas: number,
  rooms: EmptyRoom[],
  size: Resources,
  { policy }: World,
): boolean {
  const { requests } = template;
  const parts = ["cpu", "memory"] as const;
  const isFull = parts.some(
    (part) =>
      size[part] - sum(rooms, part) + replicas * requests[part] >
      policy.pressure.spot.highUtilization * size[part],
  );
  const places = rooms.map(({ cpu, memory, pods }) =>
    Math.floor(Math.min(cpu / Math.max(1, requests.cpu), memory / Math.max(1, requests.memory), pods)),
  );
  return !isFull && places.reduce((total, each) => total + Math.max(0, each), 0) >= replicas;
}

function roomBesideOthers(node: Node, { key }: Candidate, world: World): EmptyRoom {
  const room = roomWhenEmpty(node, world.podsByNode);
  for (const pod of world.podsByNode.get(node.name) ?? []) {
    if (isOnEveryNode(pod) || pod.workload === key || keepsRoom(world, pod)) continue;
    room.cpu -= pod.requests.cpu;
    room.memory -= pod.requests.memory;
    room.pods -= 1;
  }
  return room;
}

const sum = (rooms: Resources[], part: "cpu" | "memory"): number =>
  rooms.reduce((total, room) => total + room[part], 0);

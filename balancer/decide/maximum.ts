// Whether spot, as large as its pools may get, has room for all of a workload: what it has none for is not asked for.
import { knowsAllGroups, maximumOf } from "./autoscaledPools.ts";
import { type EmptyRoom, roomWhenEmpty } from "./fit/emptyNode.ts";
import { keepsRoom } from "./placeholders.ts";
import type { NodeView } from "./nodeView.ts";
import { isOnEveryNode } from "./podRoles.ts";
import type { Candidate, World } from "./world.ts";

/**
 * A workload goes as a whole. The nodes that can be had of those it asks for would stand for ever without it, held by what
 * keeps room for it.
 * @param replicas of it on spot
 * @returns how many nodes spot may have, where that is too few; undefined: enough, or nobody knows
 */
export function tooSmallMaximum(candidate: Candidate, replicas: number, world: World): number | undefined {
  if (!knowsAllGroups(world.nodes, world.snapshot.poolHealth)) return undefined;
  const pools = Map.groupBy(
    world.nodes.filter(({ priority }) => priority === "spot"),
    ({ pool }) => pool,
  );
  const [rooms, sizes]: [EmptyRoom[], EmptyRoom[]] = [[], []];
  let most = 0;
  for (const [pool, members] of pools) {
    const maximum = maximumOf(pool, world.nodes, world.snapshot.poolHealth);
    const usable = members.filter(({ standing }) => standing === "usable");
    const [sample] = usable;
    if (maximum === undefined || !sample) return undefined;
    most += maximum;
    for (const view of usable) rooms.push(roomBesideOthers(view, candidate, world));
    for (let i = usable.length; i < maximum; i++) rooms.push(roomWhenEmpty(sample.node, world.podsByNode));
    sizes.push(...usable.map(({ node }) => node.allocatable));
    for (let i = usable.length; i < maximum; i++) sizes.push(sample.node.allocatable);
  }
  return most === 0 || fits(candidate, replicas, rooms, sizes, world) ? undefined : most;
}

function fits(
  { workload: { template } }: Candidate,
  replicas: number,
  rooms: EmptyRoom[],
  sizes: EmptyRoom[],
  { policy }: World,
): boolean {
  const { requests } = template;
  const parts = ["cpu", "memory"] as const;
  const isFull = parts.some((part) => {
    const [free, size] = [sum(rooms, part), sum(sizes, part)];
    return size - free + replicas * requests[part] > policy.pressure.spot.highUtilization * size;
  });
  const places = rooms.map(({ cpu, memory, pods }) =>
    Math.floor(Math.min(cpu / Math.max(1, requests.cpu), memory / Math.max(1, requests.memory), pods)),
  );
  return !isFull && places.reduce((total, each) => total + Math.max(0, each), 0) >= replicas;
}

function roomBesideOthers({ node }: NodeView, { key }: Candidate, world: World): EmptyRoom {
  const room = roomWhenEmpty(node, world.podsByNode);
  for (const pod of world.podsByNode.get(node.name) ?? []) {
    if (isOnEveryNode(pod) || pod.workload === key || keepsRoom(world, pod)) continue;
    room.cpu -= pod.requests.cpu;
    room.memory -= pod.requests.memory;
    room.pods -= 1;
  }
  return room;
}

const sum = (rooms: EmptyRoom[], part: "cpu" | "memory"): number =>
  rooms.reduce((total, room) => total + room[part], 0);

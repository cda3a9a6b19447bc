// What a node has for ordinary pods when it is empty: what runs on every node runs on it too.
import type { Node, Pod, Resources } from "../../model.ts";
import { isOnEveryNode } from "../podRoles.ts";

export type EmptyRoom = Resources & { pods: number };

export function roomWhenEmpty(node: Node, podsByNode: ReadonlyMap<string, Pod[]>): EmptyRoom {
  const room = { ...node.allocatable };
  for (const { requests } of (podsByNode.get(node.name) ?? []).filter(isOnEveryNode)) {
    room.cpu -= requests.cpu;
    room.memory -= requests.memory;
    room.pods -= 1;
  }
  return room;
}

export const holds = (room: EmptyRoom, { cpu, memory }: Resources): boolean =>
  room.cpu >= cpu && room.memory >= memory && room.pods >= 1;

// Which pod took the place of which: a workload moves by a new pod elsewhere, before or after which the old one goes.
import type { BalancingEvent, Cluster, Node, Pod } from "./api.ts";

export interface Move {
  /** The pod that came. */
  uid: string;
  /** The pod that goes, or is gone. */
  fromUid: string;
  owner: string;
  namespace: string;
  fromNode: string;
  toNode: string;
  /** Where it is now; undefined while its node is not known. */
  toPriority: Node["priority"] | undefined;
  /** Of the balancer's newest move of the workload to there; undefined when it did not move it there lately. */
  reason: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

/** A pod that got a node, or lost it, and is not matched yet. */
interface Change {
  pod: Pod & { node: string; owner: string };
  at: number;
}

export interface Tracked {
  arrived: Change[];
  departed: Change[];
  /** Newest first. */
  moves: Move[];
}

export const nothingTracked: Tracked = { arrived: [], departed: [], moves: [] };

/** Two changes that are further apart have nothing to do with each other; in milliseconds. */
const together = 120_000;
/** An event older than this did not cause what is seen now; in milliseconds. */
const eventsMatter = 180_000;
const movesKept = 50;

/** Compares two states of the cluster. @param now milliseconds since 1970 */
export function trackMoves(tracked: Tracked, before: Cluster, after: Cluster, now: number): Tracked {
  if (before.pods === after.pods) return tracked;
  const recent = ({ at }: Change) => now - at < together;
  const stood = standing(before.pods);
  const stands = standing(after.pods);
  const arrived = [...tracked.arrived.filter(recent), ...missingIn(stood, stands, now)];
  const departed = [...tracked.departed.filter(recent), ...missingIn(stands, stood, now)];

  const moves: Move[] = [];
  const left = [...departed];
  const waiting = arrived.filter(({ pod }) => {
    const index = left.findIndex(({ pod: old }) => replaces(pod, old));
    const [match] = index === -1 ? [] : left.splice(index, 1);
    if (!match) return true;
    const toPriority = after.nodes.find(({ name }) => name === pod.node)?.priority;
    moves.push({
      uid: pod.uid,
      fromUid: match.pod.uid,
      owner: pod.owner,
      namespace: pod.namespace,
      fromNode: match.pod.node,
      toNode: pod.node,
      toPriority,
      reason: reasonOf(pod, toPriority, after.events, now),
      at: now,
    });
    return false;
  });
  return {
    arrived: waiting,
    departed: left,
    moves: moves.length === 0 ? tracked.moves : [...moves, ...tracked.moves].slice(0, movesKept),
  };
}

/** Pods that are on a node to stay, by uid. */
function standing(pods: readonly Pod[]): Map<string, Change["pod"]> {
  return new Map(
    pods.flatMap((pod) =>
      pod.node !== null && pod.owner !== null && !pod.deleting
        ? [[pod.uid, { ...pod, node: pod.node, owner: pod.owner }] as const]
        : [],
    ),
  );
}

function missingIn(
  earlier: Map<string, Change["pod"]>,
  later: Map<string, Change["pod"]>,
  at: number,
): Change[] {
  return [...later.values()].filter(({ uid }) => !earlier.has(uid)).map((pod) => ({ pod, at }));
}

const replaces = (pod: Change["pod"], old: Change["pod"]): boolean =>
  pod.owner === old.owner && pod.namespace === old.namespace && pod.node !== old.node;

/** What a pod was not moved for says nothing of why it came, nor does a move to where it is not. */
function reasonOf(
  pod: Change["pod"],
  priority: Move["toPriority"],
  events: readonly BalancingEvent[],
  now: number,
): string | undefined {
  const elsewhere = priority === "spot" ? "MoveToRegular" : priority === "regular" ? "MoveToSpot" : undefined;
  return events.find(
    ({ workload, namespace, time, action }) =>
      workload === pod.owner &&
      namespace === pod.namespace &&
      action !== "Refuse" &&
      action !== elsewhere &&
      now - Date.parse(time) < eventsMatter,
  )?.reason;
}

// An eviction: pods leave their nodes while the pod template stays as it is, and the scheduler finds them others.
import { type Move, type Pod, type Priority, workloadRef } from "../model.ts";
import type { Placed } from "./fit/ledger.ts";
import type { NodeView } from "./nodeView.ts";
import { podRef } from "./podRef.ts";
import { roomMade } from "./room.ts";
import type { Candidate } from "./world.ts";

/** A wish to evict; the draft looks for the room, and asks the budgets. */
export interface Eviction {
  candidate: Candidate;
  /** In this order; as many of them go as disruption budgets allow. */
  pods: Pod[];
  /** Pods that are to go in later rounds: room is kept for them too, where there is so much. */
  later?: Pod[];
  /** Where their replacements may come to; the first side with room is taken. */
  sides: Priority[];
  /** Nodes that the scheduler may choose again, with the room that the pods leave there. */
  leaving?: NodeView[];
  reason: Move["reason"];
  voluntary: boolean;
  /** What is to be said of it; undefined: such nodes are no improvement, and it does not take place. */
  describe: (placed: Placed) => Pick<Move, "message" | "evidence"> | undefined;
}

export function evictionMove(
  { candidate: { workload }, reason, voluntary }: Eviction,
  pods: Pod[],
  placed: Placed,
  about: Pick<Move, "message" | "evidence">,
): Move {
  const nodes = placed.nodes.map(({ node }) => node.name);
  return {
    kind: "Rebalance",
    workload: workloadRef(workload),
    uid: workload.uid,
    generation: workload.status.generation,
    source: pods[0]!.nodeName!,
    destination: nodes[0]!,
    evictions: pods.map(podRef),
    nodes,
    ...roomMade(placed),
    ...about,
    reason,
    voluntary,
  };
}

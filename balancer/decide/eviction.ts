// A move by evictions alone: the pod template stays as it is, and the scheduler finds the pods another node.
import { type Move, type Pod, type Workload, workloadRef } from "../model.ts";
import { podRef } from "./podRef.ts";

/** Replaces pods of one node; whatever else the plan knows of the move comes with `about`. */
export function evictionMove(
  workload: Workload,
  pods: Pod[],
  nodes: string[],
  about: Pick<Move, "reason" | "message" | "score" | "voluntary" | "evidence" | "makesRoom">,
): Move {
  return {
    kind: "Rebalance",
    workload: workloadRef(workload),
    uid: workload.uid,
    resourceVersion: workload.resourceVersion,
    source: pods[0]!.nodeName!,
    destination: nodes[0]!,
    evictions: pods.map(podRef),
    nodes,
    ...about,
  };
}

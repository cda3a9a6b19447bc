// A small cluster about which `decide` has one thing to say, and what it says of it.
import { decide } from "../../decide.ts";
import type { Move, Refusal, Snapshot, Workload } from "../../model.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
  withCpu,
} from "../builders.ts";

export interface Case {
  /** What is special about the idle Deployment `web`, alone on a regular node beside an empty spot node. */
  web?: WorkloadChanges;
  cpu?: number;
  on?: string[];
  policy?: string;
  parts?: (web: Workload) => Partial<Snapshot>;
  /** Other workloads with pods on the given nodes. */
  others?: [Workload, string[]][];
}

export const regular = buildNode("regular", "r1");
export const spot = buildNode("spot", "s1");
export const zone = "topology.kubernetes.io/zone";
export const appIs = (app: string) => [{ key: "app", operator: "In" as const, values: [app] }];
export const onSpot: Case = { web: { placement: "spot" }, on: ["s1"] };
export const movedTo = (lastMove: "ToSpot" | "ToRegular", minutesAgo: number) => ({
  lastMovedAt: noon - minutesAgo * minute,
  lastMove,
  lastReason: "Idle" as const,
  recentMoves: [noon - minutesAgo * minute],
  failedReturns: 0,
});
export const onZonedNodes = (...zones: [spot: string, regular: string]) => ({
  nodes: [
    buildNode("regular", "r1", { labels: { [zone]: zones[1] } }),
    buildNode("spot", "s1", { labels: { [zone]: zones[0] } }),
  ],
});
export const volumes = { emptyDir: true, local: false, zones: [], exclusive: false };

/** The reason for which `web` stays, or `moves: ` and the reason for which it does not. */
export function reasonFor(each: Case): string {
  const { move, refusal } = decidedFor(each);
  return move ? `moves: ${move.reason}` : (refusal?.reason ?? "not considered");
}

/** What is said of `web`. */
export function decidedFor({ web: changes, cpu = 0.02, on = ["r1"], policy, parts, others = [] }: Case): {
  move?: Move | undefined;
  refusal?: Refusal | undefined;
} {
  const web = buildWorkload("web", changes);
  const snapshot = buildSnapshot({
    nodes: [regular, spot],
    workloads: [web, ...others.map(([workload]) => workload)],
    ...parts?.(web),
  });
  snapshot.pods = [
    ...(parts?.(web).pods ?? withCpu(buildPods(web, on), cpu)),
    ...others.flatMap(([workload, nodeNames]) => buildPods(workload, nodeNames)),
  ];
  const { moves, refusals } = decide(snapshot, buildPolicy(policy), noon);
  return {
    move: moves.find(({ workload }) => workload.name === "web"),
    refusal: refusals.find(({ workload }) => workload.name === "web"),
  };
}

// How the scenario speaks: a line for each step, and the table at its end. Text only, no cluster.
import Table from "cli-table3";
import type { Decision, PlacedPod, Priority } from "./clusterView.ts";
import type { Step } from "./steps.ts";

/** A step that was seen in the cluster. */
export interface Seen {
  step: Step;
  decision: Decision;
  /** When the pods were seen where they belong, ms since 1970. */
  at: number;
  pods: PlacedPod[];
}

export const clock = (time: number): string => new Date(time).toLocaleTimeString("en-GB");

/** The balancer's Events end with what it went by, in brackets. */
export const withoutEvidence = (message: string): string => message.replace(/ \([^()]*\)$/, "");

/** `09:12:33  demo/nginx-demo  regular → spot  Idle: …`, as the first part has its moves, and the nodes below it. */
export function seenLine({ decision, at, step, pods }: Seen, verbose = false): string {
  const where =
    step.source === step.destination ? `stays on ${step.source}` : `${step.source} → ${step.destination}`;
  const nodes = [...new Set(pods.map(({ node }) => node))].sort().join(", ");
  const seen = step.source === step.destination ? "still on" : `${clock(at)} all ${pods.length} ready on`;
  const { reason, message } = told({ decision, step }, verbose);
  // The balancer's Events begin with the way, which is said already.
  const why = message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message;
  return [
    `  ${clock(decision.at)}  ${decision.namespace}/${decision.workload}  ${where}  ${reason}: ${why}`,
    `            ${seen} ${nodes}`,
  ].join("\n");
}

/** Why the pods are where they are: the balancer's words, unless they went there without it. */
function told({ decision, step }: Pick<Seen, "decision" | "step">, verbose: boolean) {
  const { reason } = decision;
  const message = verbose ? decision.message : withoutEvidence(decision.message);
  if (decision.isMove || step.source === step.destination) return { reason, message };
  const fellBack = "its pods prefer spot, but any node will do, so Kubernetes started them again on regular";
  return { reason: "Rescheduled", message: verbose ? `${fellBack} (${reason}: ${message})` : fellBack };
}

export type PodCounts = Record<Priority, number>;

/** How many pods run in each pool. */
export function countPods(pods: PlacedPod[]): PodCounts {
  const counts: PodCounts = { system: 0, regular: 0, spot: 0 };
  for (const { priority } of pods) if (priority) counts[priority] += 1;
  return counts;
}

/** The table at the end: pods per pool before and after, moves, and the saving where its price is known. */
export function summary(options: {
  before: PodCounts;
  after: PodCounts;
  moves: number;
  /** One sentence on what the placement saves a month. */
  saving: string;
}): string {
  const { before, after, moves, saving } = options;
  const table = new Table({ head: ["pods in demo", "before", "after"], style: { head: [], border: [] } });
  for (const priority of ["regular", "spot"] as const) {
    table.push([priority, before[priority], after[priority]]);
  }
  return `${table.toString()}\n${moves} moves by the balancer. ${saving}`;
}

// How the demo speaks. Text only, no cluster.
import type { PhaseSummary } from "../../load/summary.ts";
import type { Decision } from "../scenario/clusterView.ts";
import { clock } from "../scenario/lines.ts";
import type { Autoscaler } from "./cluster.ts";

/** `backend-a 2 → 4 replicas` */
export const scalingText = ({ name, current, desired }: Autoscaler): string =>
  `${name} ${current} → ${desired} replicas`;

/** What was decided, and below it why. */
export const decisionLine = ({ at, namespace, workload, reason, message }: Decision): string =>
  `     ${clock(at)}  ${namespace}/${workload}  ${reason}\n               ${message}`;

/** `banking/reports MoveToSpot LowPriority` */
export const decisionText = ({ namespace, workload, action, reason }: Decision): string =>
  `${namespace}/${workload} ${action} ${reason}`;

export const loadText = ({ requests, ratePerSecond, failed, latencyMs, variants }: PhaseSummary): string =>
  `${requests} requests, ${ratePerSecond.toFixed(0)} a second, ${failed} failed; ` +
  `half of them within ${latencyMs?.p50.toFixed(0) ?? "–"} ms; ` +
  Object.entries(variants)
    .map(([variant, count]) => `${count} answered by variant ${variant}`)
    .join(", ");

// How the pods of a workload are replaced after its template changed.
import type { Workload } from "../model.ts";

/** An ownerless ReplicaSet makes new pods only when old ones are gone. */
export const isReplacedByEviction = ({ kind }: Workload): boolean => kind === "ReplicaSet";

/** How many replicas may be missing at once: one where a pod has to stop before the next one starts. */
export function unavailableAtOnce(workload: Workload): number {
  const { kind, update } = workload;
  const stopsFirst = kind === "StatefulSet" || isReplacedByEviction(workload);
  return stopsFirst ? Math.max(1, update.maxUnavailable) : update.maxUnavailable;
}

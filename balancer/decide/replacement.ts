// How the pods of a workload are replaced after its template changed.
import type { Pod, Workload } from "../model.ts";

/** An ownerless ReplicaSet makes new pods only when old ones are gone. */
export const isReplacedByEviction = ({ kind }: Workload): boolean => kind === "ReplicaSet";

/** Its old pods go only once a new one is ready beside them: where they are in the way it needs room for one more. */
export const beginsWithNewPod = ({ kind }: Workload): boolean => kind === "Deployment";

/** Pods know their birth to the second. */
export const isMadeSince = ({ createdAt }: Pod, time: number): boolean => createdAt + 1000 > time;

/** Somebody holds its rollout back, or wants to delete its pods himself: a changed template replaces none of them. */
export const replacesNoPod = (workload: Workload): boolean =>
  !isReplacedByEviction(workload) && (workload.paused === true || workload.update.type === "OnDelete");

/** Nothing of a rollout is under way: so many pods as it wants, all of the newest template, all available. */
export function isSettled({ replicas, status }: Workload): boolean {
  return (
    status.observedGeneration >= status.generation &&
    status.updated === replicas &&
    status.available >= replicas &&
    status.replicas === replicas
  );
}

/** How many replicas may be missing at once: one where a pod has to stop before the next one starts. */
export function unavailableAtOnce(workload: Workload): number {
  const { kind, update } = workload;
  const stopsFirst = kind === "StatefulSet" || isReplacedByEviction(workload);
  return stopsFirst ? Math.max(1, update.maxUnavailable) : update.maxUnavailable;
}

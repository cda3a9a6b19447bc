// Takes everything of ours off one workload: the opposite of `act/apply.ts`.
import { rootCause } from "../failures.ts";
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { readOwnership } from "../placement/ownership.ts";
import { workloadPath } from "../kube/workloadPath.ts";
import type { WorkloadRef } from "../model.ts";
import { takenBack } from "../act/takenBack.ts";
import { presentPlacement } from "../placement.ts";
import { type Policy, defaultPolicy } from "../policy.ts";
import { fieldManager } from "../state.ts";
import { type Released, isManaged, ourAnnotations, tracesOn } from "./traces.ts";

/** `Left`: something of ours stays, or could not be touched. */
export interface ReleaseResult {
  workload: WorkloadRef;
  result: "Released" | "Left" | "Gone" | "Planned";
  message: string;
}

/** What it does can be done twice, so that nothing is asked twice: a second release finds nothing any more. */
export async function takeBack(
  client: KubeClient,
  workload: WorkloadRef,
  policy: Policy = defaultPolicy,
): Promise<ReleaseResult> {
  try {
    const before = await client.send<Released>({ path: workloadPath(workload) });
    const traces = tracesOn(before);
    if (traces.length === 0)
      return { workload, result: "Gone", message: "nothing of ours is there any more" };
    const given = await withoutFields(client, workload, before);
    const own = await withoutCopies(client, workload, given, policy);
    const after = await withoutAnnotations(client, workload, own);
    const wasPlaced = readOwnership(before.metadata.managedFields).placement === "spot";
    const { placementOwner } = readOwnership(after.metadata.managedFields);
    const isOfOtherPolicy = presentPlacement(after.spec?.template, policy) !== undefined;
    const left = [
      ...tracesOn(after),
      ...(isOfOtherPolicy ? ["what was placed by another policy: give that one with --policy"] : []),
      ...(wasPlaced && placementOwner !== undefined
        ? [`tolerations or node affinity, which ${placementOwner} owns too and nobody else may take away`]
        : []),
    ];
    return left.length === 0
      ? { workload, result: "Released", message: traces.join(", ") + (wasPlaced ? heldBack(after) : "") }
      : { workload, result: "Left", message: `stays: ${left.join(", ")}` };
  } catch (error) {
    if (isStatus(error, 404)) return { workload, result: "Gone", message: "it was deleted" };
    return { workload, result: "Left", message: rootCause(error) };
  }
}

const mostReadings = 5;

/** Somebody has copied the mark with all the rest, and owns it: velero-io/velero#5701, `rollout undo`. */
async function withoutCopies(
  client: KubeClient,
  workload: WorkloadRef,
  object: Released,
  policy: Policy,
): Promise<Released> {
  const path = workloadPath(workload);
  let live = object;
  for (let readings = 1; ; readings++) {
    if (!presentPlacement(live.spec?.template, policy)?.affinity) return live;
    try {
      return await takenBack(client, path, live, policy);
    } catch (error) {
      // Its controller has written the status of what was just given back (seen with Kubernetes 1.36).
      if (!isStatus(error, 409) || readings === mostReadings) throw error;
      live = await client.send<Released>({ path });
    }
  }
}

/** Its template is the old one again, and no pod is replaced for that (kubernetes/kubernetes#98457, #23083). */
function heldBack({ spec }: Released): string {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  const isHeld = spec?.paused === true || type === "OnDelete" || (rollingUpdate?.partition ?? 0) > 0;
  return isHeld
    ? "; its rollout is held back (paused, OnDelete, a partition), so its pods stay on spot until it goes on"
    : "";
}

/** Applying nothing gives back every field that we own; the uid, so that no other one of this name is meant, or made. */
async function withoutFields(client: KubeClient, workload: WorkloadRef, object: Released): Promise<Released> {
  if (!isManaged(object)) return object;
  const { kind, namespace, name } = workload;
  return client.send<Released>({
    method: "PATCH",
    path: workloadPath(workload),
    query: { fieldManager },
    contentType: "application/apply-patch+yaml", // JSON is YAML
    body: { apiVersion: "apps/v1", kind, metadata: { namespace, name, uid: object.metadata.uid } },
    repeatable: true,
  });
}

/** Those that somebody copied or replaced with the whole object are not ours by ownership any more, only by name. */
export async function withoutAnnotations(
  client: KubeClient,
  workload: WorkloadRef,
  object: Released,
): Promise<Released> {
  const keys = ourAnnotations(object);
  if (keys.length === 0) return object;
  const annotations = Object.fromEntries(keys.map((key) => [key, null]));
  return client.send<Released>({
    method: "PATCH",
    path: workloadPath(workload),
    query: { fieldManager },
    contentType: "application/merge-patch+json",
    body: { metadata: { uid: object.metadata.uid, annotations } },
    repeatable: true,
  });
}

// Takes what is ours by its values out of an object that somebody else has brought it into.
import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { placedAt, withoutPlacement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import { annotationKeys, fieldManager } from "../state.ts";

interface Carrying {
  metadata: { uid: string; resourceVersion?: string };
  spec?: { template?: Json<V1PodTemplateSpec> };
}

/**
 * With `rollout undo`, a copy or a restored backup: applied over theirs it would be a conflict, and would stay when it is
 * released. A patch, which changes no value of theirs.
 * @returns the object without its version: its controller writes its status at once, and what follows touches our fields only
 */
export async function takenBack<T extends Carrying>(
  client: KubeClient,
  path: string,
  { metadata, spec }: T,
  policy: Policy,
): Promise<T> {
  const { uid, resourceVersion } = metadata;
  const template = spec?.template;
  const annotations = Object.fromEntries(annotationKeys.map((key) => [key, null]));
  const body = {
    metadata: { uid, resourceVersion, annotations },
    ...(template?.metadata?.annotations?.[placedAt] !== undefined && {
      spec: { template: withoutPlacement(template, policy) },
    }),
  };
  const contentType = "application/merge-patch+json";
  const query = { fieldManager };
  const taken = await client.send<T>({ method: "PATCH", path, query, contentType, body });
  const { resourceVersion: _, ...rest } = taken.metadata;
  return { ...taken, metadata: rest };
}

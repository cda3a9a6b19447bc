// What the balancer has left on an object: fields that it owns, and its annotations.
import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import type { Json, Metadata } from "../kube/json.ts";
import { readOwnership } from "../placement/ownership.ts";
import { placedAt } from "../placement.ts";
import { annotationKeys, fieldManager } from "../state.ts";

/** As much of a Deployment, StatefulSet or ReplicaSet as is looked at. */
export interface Released {
  metadata: Metadata;
  spec?: {
    replicas?: number;
    template?: Json<V1PodTemplateSpec>;
    paused?: boolean;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  status?: { replicas?: number; availableReplicas?: number };
}

export const ourAnnotations = ({ metadata }: Pick<Released, "metadata">): string[] =>
  annotationKeys.filter((key) => metadata.annotations?.[key] !== undefined);

/** By apply: what a patch of ours has changed of others' lists is theirs. */
export const isManaged = ({ metadata }: Pick<Released, "metadata">): boolean =>
  (metadata.managedFields ?? []).some(
    ({ manager, operation }) => manager === fieldManager && operation === "Apply",
  );

/** Made by a controller, which copies what its owner has: a Deployment's ReplicaSet. */
export const isMade = ({ metadata }: Pick<Released, "metadata">): boolean =>
  (metadata.ownerReferences ?? []).some(({ controller }) => controller === true);

/** In words, for people; empty: nothing of ours. An old revision keeps the template that it had: it is history, and has no pods. */
export function tracesOn(object: Released): string[] {
  const { placement } = readOwnership(object.metadata.managedFields);
  const inTemplate =
    !isMade(object) && object.spec?.template?.metadata?.annotations?.[placedAt] !== undefined;
  return [
    ...(placement === "spot" ? ["placement on spot"] : []),
    ...ourAnnotations(object).map((key) => `annotation ${key}`),
    ...(inTemplate ? [`annotation ${placedAt} of its pods`] : []),
    ...(isManaged(object) ? ["managed fields"] : []),
  ];
}

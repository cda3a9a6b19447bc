// What the local environment's start does not wait for: its program may still be built, or cannot be had there at all.
import type { KubernetesObject } from "@kubernetes/client-node";
import { isLocal } from "../stackName.ts";

/** Locally the stack is up without this workload's pods. */
export const joinsLater =
  (env: string) =>
  ({ metadata }: KubernetesObject): void => {
    if (isLocal(env) && metadata)
      metadata.annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
  };

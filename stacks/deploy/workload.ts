// A workload: the objects of its folder in k8s/, with what the stack adds to them.
import type { Resource } from "@pulumi/pulumi";
import { changedManifests, type Changes } from "./changedManifests.ts";
import { createObjects, type Placement } from "./createObjects.ts";
import type { Manifest } from "./manifests.ts";

export interface Additions extends Changes {
  /** What its pods mount or read. */
  belongings?: readonly Manifest[];
  /** By kind: fields that others change once the object exists. */
  ignoreChanges?: Record<string, string[]>;
}

/** Creates the objects of `k8s/<folder>`, changed, with what belongs to them. */
export const deployWorkload = (
  placement: Placement,
  folder: string,
  { belongings = [], ignoreChanges = {}, ...changes }: Additions = {},
): Resource[] =>
  createObjects([...belongings, ...changedManifests(folder, changes)], placement, ignoreChanges);

// A workload: the objects of its folder in k8s/, with what the stack adds to them.
import type {
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1PodSpec,
  V1Service,
} from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import type { Gateway, HttpRoute, NetworkPolicy } from "./kinds.ts";
import { createObjects, loadManifests, type Manifest, type Placement } from "./manifests.ts";
import { podSpecOf } from "./podSpec.ts";

interface Kinds {
  CronJob: V1CronJob;
  DaemonSet: V1DaemonSet;
  Deployment: V1Deployment;
  Gateway: Gateway;
  HTTPRoute: HttpRoute;
  Job: V1Job;
  NetworkPolicy: NetworkPolicy;
  Service: V1Service;
}

/** What changes in the manifests of a folder. */
export interface Changes {
  /** In the pods of every Deployment, CronJob and Job. */
  pod?: (pod: V1PodSpec) => void;
  /** In every object of a kind, of which there must be one. */
  objects?: { [Kind in keyof Kinds]?: (object: Kinds[Kind]) => void };
}

const runPods = ["Deployment", "CronJob", "Job"];

/** The folder's objects, changed. */
export function changedManifests(folder: string, { pod, objects = {} }: Changes): Manifest[] {
  const manifests = loadManifests(folder);
  const missing = Object.keys(objects).find((kind) => !manifests.some((manifest) => manifest.kind === kind));
  if (missing !== undefined) throw new Error(`k8s/${folder} has no ${missing}`);
  for (const manifest of manifests) {
    if (pod && runPods.includes(manifest.kind)) pod(podSpecOf(manifest));
    const change = objects[manifest.kind as keyof Kinds] as ((object: Manifest) => void) | undefined;
    change?.(manifest);
  }
  return manifests;
}

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

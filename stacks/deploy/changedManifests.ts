// The objects of a folder in k8s/, with what configuration changes in them.
import type {
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1PodSpec,
  V1Service,
} from "@kubernetes/client-node";
import type { Gateway, HttpRoute, NetworkPolicy } from "./kinds.ts";
import { loadManifests, type Manifest } from "./manifests.ts";
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

// The manifests in k8s/, as data. Apart from createObjects.ts, which loads Pulumi.
import { readdirSync, readFileSync } from "node:fs";
import type { V1ObjectMeta } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";

/** A Kubernetes object, as a manifest has it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta & { name: string };
  [field: string]: unknown;
}

const folder = new URL("../../k8s/", import.meta.url);

/** Text of a file that belongs to a workload, such as `prometheus/prometheus.yml`. */
export const readWorkloadFile = (path: string): string => readFileSync(new URL(path, folder), "utf8");

/** For people who use kubectl: it names the other files, and is no object of the cluster. */
const kustomization = "kustomization.yaml";

/** By path: parsing took a fifth of a program's time, and several are run in one process (estimates, tests). */
const parsed = new Map<string, { text: string; manifests: Manifest[] }>();

/** Every object in a file of YAML; the caller's own, to change. */
export function readManifests(path: string): Manifest[] {
  const text = readWorkloadFile(path);
  let known = parsed.get(path);
  if (known?.text !== text) {
    const manifests = parseAllDocuments(text).map((document) => {
      const [error] = document.errors;
      if (error) throw new Error(`k8s/${path}: ${error.message}`);
      return document.toJS() as Manifest;
    });
    parsed.set(path, (known = { text, manifests }));
  }
  return structuredClone(known.manifests);
}

/** Every object in `k8s/<workload>/*.yaml`, in the order of the files' names. */
export const loadManifests = (workload: string): Manifest[] =>
  readdirSync(new URL(`${workload}/`, folder))
    .filter((file) => file.endsWith(".yaml") && file !== kustomization)
    .sort()
    .flatMap((file) => readManifests(`${workload}/${file}`));

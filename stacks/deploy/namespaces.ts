// What must be there before any workload: namespaces, closed and with their limits, and the priority classes.
import type { Resource } from "@pulumi/pulumi";
import { createObjects, type Placement } from "./createObjects.ts";
import { loadManifests } from "./manifests.ts";

/** Returns everything, so that no pod starts before its namespace is closed. */
export function createNamespaces(placement: Placement): Resource[] {
  const manifests = loadManifests("namespaces");
  const isFirst = ({ kind }: { kind: string }) => kind === "Namespace" || kind === "PriorityClass";
  const first = createObjects(manifests.filter(isFirst), placement);
  const rest = manifests.filter((manifest) => !isFirst(manifest));
  return [...first, ...createObjects(rest, { ...placement, dependsOn: first })];
}

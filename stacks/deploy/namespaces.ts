// What must be there before any workload: namespaces, closed and with their limits, and the priority classes.
import type { Resource } from "@pulumi/pulumi";
import { namespacesOf, type Part } from "../config/parts.ts";
import { createObjects, type Placement } from "./createObjects.ts";
import { loadManifests, type Manifest } from "./manifests.ts";

/** Returns everything, so that no pod starts before its namespace is closed. */
export function createNamespaces(placement: Placement, parts: readonly Part[]): Resource[] {
  const names = new Set(parts.flatMap((part) => namespacesOf[part]));
  const isOfParts = ({ kind, metadata: { namespace, name } }: Manifest) =>
    kind === "PriorityClass" || names.has(namespace ?? name);
  return createObjects(loadManifests("namespaces").filter(isOfParts), placement);
}

// Who owns the placement in a workload's pod template, read from `metadata.managedFields`.
import type { V1ManagedFieldsEntry } from "@kubernetes/client-node";
import type { Json } from "./json.ts";
import type { Priority } from "../model.ts";
import { fieldManager } from "../state.ts";

export interface Ownership {
  /** `spot` exactly when we applied a placement. */
  placement: Priority;
  /** Another manager of the tolerations or the node affinity: our apply would be a conflict. */
  placementOwner?: string;
}

/** `f:spec → f:template → …`: the API's tree of owned fields. */
type FieldTree = Record<string, unknown>;

const templatePath = ["f:spec", "f:template", "f:spec"];

export function readOwnership(entries: Json<V1ManagedFieldsEntry>[] | undefined): Ownership {
  const owners = (entries ?? []).filter((entry) => !entry.subresource && ownsPlacement(entry.fieldsV1));
  const isOurs = (entry: Json<V1ManagedFieldsEntry>) =>
    entry.manager === fieldManager && entry.operation === "Apply";
  const other = owners.find((entry) => !isOurs(entry));
  return {
    placement: owners.some(isOurs) ? "spot" : "regular",
    ...(other && { placementOwner: other.manager ?? "unknown" }),
  };
}

function ownsPlacement(fields: unknown): boolean {
  const template = descend(fields, templatePath);
  return (
    descend(template, ["f:tolerations"]) !== undefined ||
    descend(template, ["f:affinity", "f:nodeAffinity"]) !== undefined
  );
}

function descend(tree: unknown, path: string[]): unknown {
  let at = tree;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as FieldTree)[key];
  }
  return at;
}

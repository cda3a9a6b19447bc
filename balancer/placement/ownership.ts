// Who owns the placement in a workload's pod template, read from `metadata.managedFields`, and from what stands there.
import type { V1ManagedFieldsEntry, V1PodTemplateSpec } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Priority } from "../model.ts";
import { placedAt, presentPlacement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import { annotationKeys, fieldManager } from "../state.ts";

export interface Ownership {
  /** `spot` exactly when a placement of ours is there. */
  placement: Priority;
  /** Another manager of the tolerations or the node affinity: our apply would be a conflict. */
  placementOwner?: string;
  /** What of it: `tolerations`, or `tolerations: []` where it is written out to be empty. */
  placementField?: string;
  /** Who has our placement without having asked for it: `rollout undo`, a copy of the object, a restored backup. */
  carriedBy?: string;
}

interface Owned {
  metadata?: {
    annotations?: Record<string, string>;
    managedFields?: Json<V1ManagedFieldsEntry>[];
  };
  spec?: { template?: Json<V1PodTemplateSpec> };
}

/** `f:spec → f:template → …`: the API's tree of owned fields. */
type FieldTree = Record<string, unknown>;

const templatePath = ["f:spec", "f:template", "f:spec"];

export function readOwnership(entries: Json<V1ManagedFieldsEntry>[] | undefined): Ownership {
  const owners = (entries ?? []).filter((entry) => isPlain(entry) && ownedFields(entry).length > 0);
  const other = owners.find((entry) => !isOurs(entry));
  return {
    placement: owners.some(isOurs) ? "spot" : "regular",
    ...(other && { placementOwner: other.manager ?? "unknown" }),
  };
}

/**
 * As `readOwnership`, and our own placement is recognized under whatever name; and of what nobody has placed yet, that
 * its next `kubectl apply` would undo it.
 */
export function ownershipOf({ metadata, spec }: Owned, policy: Policy): Ownership {
  const owned = readOwnership(metadata?.managedFields);
  const { placement, placementOwner } = owned;
  if (placementOwner !== undefined) {
    const theirs = (metadata?.managedFields ?? []).filter((entry) => isPlain(entry) && !isOurs(entry));
    const fields = [...new Set(theirs.flatMap(ownedFields))];
    const ours = presentPlacement(spec?.template, policy);
    // In every field of theirs there is what we wrote: nobody has asked for anything else.
    const isCarried =
      ours && fields.every((field) => (field === "tolerations" ? ours.tolerations : ours.affinity));
    if (isCarried) return { placement: "spot", carriedBy: placementOwner };
    return { ...owned, placementField: fields.join(" and ") };
  }
  const empty = placement === "regular" ? explicitEmpty(metadata?.annotations) : undefined;
  if (empty === undefined) return owned;
  return { placement, placementOwner: "its last applied configuration", placementField: empty };
}

/** Do others own our annotations? Applied over theirs, ours would be a conflict. */
export function othersHaveOurAnnotations(entries: Json<V1ManagedFieldsEntry>[] | undefined): boolean {
  const annotations = ["f:metadata", "f:annotations"];
  const paths = [annotations, ["f:spec", "f:template", ...annotations]];
  const isAnnotated = ({ fieldsV1 }: Json<V1ManagedFieldsEntry>) =>
    paths.some((path) => ours.some((key) => descend(fieldsV1, [...path, `f:${key}`]) !== undefined));
  return (entries ?? []).some((one) => isPlain(one) && !isOurs(one) && isAnnotated(one));
}

const ours = [...annotationKeys, placedAt];

const isOurs = ({ manager, operation }: Json<V1ManagedFieldsEntry>): boolean =>
  manager === fieldManager && operation === "Apply";

const isPlain = ({ subresource }: Json<V1ManagedFieldsEntry>): boolean => !subresource;

function ownedFields({ fieldsV1 }: Json<V1ManagedFieldsEntry>): string[] {
  const template = descend(fieldsV1, templatePath);
  const affinity = descend(template, ["f:affinity"]);
  // A manifest that says `affinity: null` owns all of it (seen with server-side apply by Kubernetes 1.36).
  const isWhole = affinity !== undefined && Object.keys(affinity ?? {}).length === 0;
  return [
    ...(isWhole ? ["affinity"] : []),
    ...(descend(template, ["f:tolerations"]) !== undefined ? ["tolerations"] : []),
    ...(descend(template, ["f:affinity", "f:nodeAffinity"]) !== undefined ? ["affinity.nodeAffinity"] : []),
  ];
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * A list or an object that is written out to be empty leaves no trace in the object, and none in its managed fields after
 * a client-side `kubectl apply`; the next one takes away whatever stands there by then.
 */
function explicitEmpty(annotations: Record<string, string> | undefined): string | undefined {
  const text = annotations?.[lastApplied];
  if (typeof text !== "string" || !/"(tolerations|affinity)"/.test(text)) return undefined;
  const spec = descend(parsed(text), ["spec", "template", "spec"]);
  for (const path of ["tolerations", "affinity", "affinity.nodeAffinity", `affinity.nodeAffinity.${preferred}`]) {
    const value = descend(spec, path.split("."));
    if (value === null) return `${path}: null`;
    if (Array.isArray(value) && value.length === 0) return `${path}: []`;
  }
  return undefined;
} // prettier-ignore

const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function descend(tree: unknown, path: string[]): unknown {
  let at = tree;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.hasOwn(at, key) ? (at as FieldTree)[key] : undefined;
  }
  return at;
}

// Who owns an object, and kinds that are told apart by their API group.
import type { V1OwnerReference } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Labels } from "../model.ts";
import { labelOf, own } from "../own.ts";
import { listOf } from "./shapes.ts";

export interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
}

/** Groups of the kinds that are listed here; others make kinds of the same names: `apps.kruise.io` a StatefulSet. */
const groups: Readonly<Record<string, string>> = {
  Deployment: "apps",
  StatefulSet: "apps",
  ReplicaSet: "apps",
};

/** `StatefulSet` is ours; `StatefulSet.apps.kruise.io` is another kind, though of the same name. */
export function qualifiedKind(kind: string, apiVersion: string | undefined): string {
  const group = own(groups, kind);
  if (group === undefined || !apiVersion) return kind;
  const slash = apiVersion.indexOf("/");
  const its = slash < 0 ? "" : apiVersion.slice(0, slash);
  // Old ones of Kubernetes' own are served as `apps` today; an owner reference keeps what it was made with.
  return its === group || its === "extensions" ? kind : `${kind}.${its || "core"}`;
}

/** @throws Error when it is no list of references */
export function controllerOf(references: Json<V1OwnerReference>[] | undefined): Owner | undefined {
  return toOwner(listOf(references, "ownerReferences").find((one) => one?.controller === true));
}

/**
 * Who would undo what others write into it: its controller; or an owner of a kind that Kubernetes itself has not, which an
 * operator reconciles, though it is for the garbage collector only that it is named (Strimzi, OLM:
 * `controller: false`). An owner of Kubernetes' own, a ConfigMap or a Namespace, writes nothing.
 */
export function masterOf(references: Json<V1OwnerReference>[] | undefined): Owner | undefined {
  return controllerOf(references) ?? toOwner(listOf(references, "ownerReferences").find(isCustom));
}

/**
 * The addon manager of AKS and others reapplies what has this label, and takes back each change (Azure/AKS#771); what says
 * `EnsureExists` it leaves as it is. https://github.com/kubernetes/kubernetes/tree/master/cluster/addons/addon-manager
 */
export function reconcilerOf(labels: Labels): string | undefined {
  const mode = labelOf(labels, addonMode);
  return mode === "Reconcile" ? `the addon manager (label ${addonMode}=${mode})` : undefined;
}

const addonMode = "addonmanager.kubernetes.io/mode";

function isCustom(one: Json<V1OwnerReference> | null): boolean {
  const group = /^([^/]+)\//.exec(String(one?.apiVersion ?? ""))?.[1] ?? "";
  return group.includes(".") && !builtIn.test(group);
}

/** Kubernetes' own groups with a dot; its sub-projects' end in the same way, and are operators'. */
const builtIn =
  /^(rbac\.authorization|networking|storage|scheduling|node|coordination|discovery|events|apiextensions|admissionregistration|certificates|flowcontrol\.apiserver|internal\.apiserver|authentication|authorization|resource)\.k8s\.io$/;

function toOwner(found: Json<V1OwnerReference> | null | undefined): Owner | undefined {
  if (!found) return undefined;
  const { apiVersion, kind, name, uid } = found;
  for (const [field, value] of Object.entries({ kind, name, uid: uid ?? "", apiVersion: apiVersion ?? "" }))
    if (typeof value !== "string")
      throw new Error(`expected a text in ownerReferences.${field}, got ${typeof value}`);
  return { apiVersion, kind: qualifiedKind(kind, apiVersion), name, uid };
}

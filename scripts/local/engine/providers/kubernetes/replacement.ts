// Which fields of which kinds cannot be changed in place: the rules of Pulumi's own provider (provider/diff.go there).
import { differences, formatPath, parsePath, touches } from "../../paths.ts";
import type { Properties } from "../../values.ts";
import type { Difference } from "../provider.ts";
import { textAt } from "./objects.ts";

const inSpec = (fields: string): string[] => fields.split(" ").map((field) => `spec.${field}`);

const fixedFields: Record<string, string[]> = {
  "apps/Deployment": ["spec.selector"],
  "apps/DaemonSet": ["spec.selector"],
  "batch/Job": inSpec("completions completionMode parallelism selector template"),
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "scheduling.k8s.io/PriorityClass": ["value", "preemptionPolicy"],
  "/PersistentVolumeClaim": inSpec("accessModes selector storageClassName volumeName volumeMode"),
  "/ResourceQuota": ["spec.scopes"],
  "/Service": ["spec.clusterIP"],
  // Replaced on each change, as Pulumi's provider does unless it is told otherwise.
  "/ConfigMap": ["data", "binaryData"],
  "/Secret": ["type", "data"],
};

/** Compares recorded and new inputs. Fields that others own are in neither, and so never show. */
export function compare(oldInputs: Properties, newInputs: Properties): Difference {
  const changes = differences(oldInputs, newInputs);
  const fixed = [
    "apiVersion",
    "kind",
    "metadata.name",
    "metadata.namespace",
    ...(fixedFields[`${groupOf(newInputs)}/${textAt(newInputs, "kind") ?? ""}`] ?? []),
  ].map(parsePath);
  const replaces = changes
    .filter(({ path }) => fixed.some((field) => touches(field, path)))
    // Another version of the same API group is the same object.
    .filter(({ path }) => path[0] !== "apiVersion" || groupOf(oldInputs) !== groupOf(newInputs))
    .map(({ path }) => formatPath(path));
  const sameName =
    textAt(oldInputs, "metadata", "name") === textAt(newInputs, "metadata", "name") &&
    textAt(oldInputs, "metadata", "namespace") === textAt(newInputs, "metadata", "namespace");
  return {
    changes: changes.length ? "some" : "none",
    replaces,
    deleteBeforeReplace: replaces.length > 0 && sameName,
  };
}

const groupOf = (object: Properties): string => {
  const version = textAt(object, "apiVersion") ?? "";
  return version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
};

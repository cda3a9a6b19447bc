// Nodes as slim records.
import type { V1Node } from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import type { Node, Taint } from "../model.ts";
import { parseCpu, parseMemory } from "../quantity.ts";

export function readNode(raw: Json<V1Node>): Node {
  const { metadata = {}, spec = {}, status = {} } = raw;
  const conditions = status.conditions ?? [];
  const ready = conditions.find((condition) => condition.type === "Ready");
  const allocatable = status.allocatable ?? {};
  return {
    name: metadata.name!,
    labels: metadata.labels ?? {},
    taints: (spec.taints ?? []).map(({ key, value, effect }) => ({
      key,
      value: value ?? "",
      effect: effect as Taint["effect"],
    })),
    cordoned: spec.unschedulable === true,
    ready: ready?.status === "True",
    readySince: timeOf(ready?.lastTransitionTime),
    deletingAt: timeOf(metadata.deletionTimestamp),
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    conditions: conditions
      .filter(({ type, status }) => type !== "Ready" && status === "True")
      .map(({ type }) => type),
    allocatable: {
      cpu: parseCpu(allocatable["cpu"] ?? "0"),
      memory: parseMemory(allocatable["memory"] ?? "0"),
      pods: parseMemory(allocatable["pods"] ?? "0"),
    },
  };
}

// Nodes as slim records.
import type { V1CSINode, V1Node } from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import type { Attachments, Node, NodeCondition, Taint } from "../model.ts";
import { parseCpu, parseMemory } from "../kube/quantity.ts";
import { isScaleDownDisabled } from "./disturbance.ts";
import { largestRequest } from "./requests.ts";
import { nodeName } from "./selectors.ts";
import { listOf, textsOf } from "./shapes.ts";

export function readNode(raw: Json<V1Node>): Node {
  const { metadata = {}, spec = {}, status = {} } = raw;
  const conditions = listOf(status.conditions, "conditions");
  const ready = conditions.find((condition) => condition.type === "Ready");
  const standing = conditions.filter(({ type, status }) => type !== "Ready" && status === "True");
  const announcements = standing.filter(({ reason, message }) => reason || message).map(announcement);
  const allocatable = textsOf(status.allocatable, "allocatable");
  const scratch = allocatable["ephemeral-storage"];
  return {
    name: metadata.name!,
    labels: { ...textsOf(metadata.labels, "labels"), [nodeName]: metadata.name! },
    taints: listOf(spec.taints, "taints").map(({ key, value, effect }) => {
      const texts = textsOf({ key, value: value ?? "", effect }, "taints");
      return { key, value: texts["value"]!, effect: effect as Taint["effect"] };
    }),
    cordoned: spec.unschedulable === true,
    ready: ready?.status === "True",
    readySince: timeOf(ready?.lastTransitionTime),
    deletingAt: timeOf(metadata.deletionTimestamp),
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    conditions: standing.map(({ type }) => type),
    ...(announcements.length > 0 && { announcements }),
    allocatable: {
      cpu: amount(allocatable["cpu"], parseCpu),
      memory: amount(allocatable["memory"], parseMemory),
      pods: amount(allocatable["pods"], parseMemory),
      ...(scratch !== undefined && { storage: amount(scratch, parseMemory) }),
    },
    ...((Object.keys(allocatable).some((name) => isDevice(name) && allocatable[name] !== "0") ||
      Object.keys(metadata.labels ?? {}).some(namesDevices)) && { hasDevices: true }),
    ...(isScaleDownDisabled(metadata.annotations) && { scaleDownDisabled: true }),
  };
}

/**
 * Of a node that cannot be read nothing is known but that it is there: it takes no pods, and is neither regular nor
 * spot. It must not be missing, which would be a loss.
 */
export function unreadableNode({ metadata }: { metadata: { name: string } }): Node {
  return {
    name: metadata.name,
    ...{ labels: {}, taints: [], cordoned: true, ready: false, createdAt: 0, conditions: [] },
    allocatable: { cpu: 0, memory: 0, pods: 0 },
  };
}

/**
 * `nvidia.com/gpu`, `nvidia.com/mig-1g.5gb`, `gpu.intel.com/i915`, `google.com/tpu`, `huawei.com/Ascend910`; but not
 * `vpc.amazonaws.com/pod-eni`, which every node has. Their makers' names for them, as their device plugins register them.
 */
const isDevice = (name: string) => /^nvidia\.com\/|gpu|tpu|npu|fpga|neuron|habana|ascend/i.test(name);

/** Before its device plugin runs, or where devices are claimed (DRA), only the label by which autoscalers know tells (kubernetes/autoscaler#1562). */
const namesDevices = (label: string) => /(^|[/-])accelerator$|^nvidia\.com\/gpu\.present$/.test(label);

const amount = (text: string | undefined, parse: (text: string) => number) =>
  Math.min(largestRequest, Math.max(0, parse(text ?? "0")));

function announcement(condition: { type: string; reason?: string; message?: string }): NodeCondition {
  const { type, reason = "", message = "" } = condition;
  return { type, reason, message };
}

export interface Drivers {
  node: string;
  registered: ReadonlySet<string>;
  /** How many volumes of each the node takes; a driver without a count states no limit. */
  attachable: Attachments;
}

export function readDrivers({ metadata, spec }: Json<V1CSINode>): Drivers {
  const registered = new Set<string>();
  const attachable = new Map<string, number>();
  for (const { name, allocatable } of listOf(spec?.drivers, "drivers")) {
    registered.add(name);
    if (typeof allocatable?.count === "number") attachable.set(name, allocatable.count);
  }
  return { node: metadata!.name!, registered, attachable };
}

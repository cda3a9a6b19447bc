// What the policy says of pools and priorities: which nodes are regular, which spot, and which work is important.
import * as z from "zod";
import { minutes, ratio } from "./values.ts";

const labels = z.record(z.string(), z.string());
const labelsOfAny = z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]));

export const tiers = ["critical", "standard", "low"] as const;
const tier = z.enum(tiers);

/**
 * Set by every cloud's node lifecycle controller on machines that are stopped, and by whoever fences a dead one:
 * https://kubernetes.io/docs/reference/labels-annotations-taints/
 */
export const lossTaints = ["node.cloudprovider.kubernetes.io/shutdown", "node.kubernetes.io/out-of-service"];

/**
 * Set before it drains a node by a handler of Azure's scheduled events that many run, one key for each event
 * (maksim-paskal/aks-node-termination-handler#24, `pkg/api/api.go`). The others are no end, or their owner's plan.
 */
const azureLossTaint = "aks-node-termination-handler/preempt";

export const pools = z
  .strictObject({
    nameLabel: z
      .string()
      .default("kubernetes.azure.com/agentpool")
      .describe("node label that names the pool"),
    splitLabel: z
      .string()
      .default("kubernetes.azure.com/priority")
      .describe(
        "node label with one value on all regular nodes and another on all spot nodes; a workload with a floor on regular is spread over it",
      ),
    regular: z
      .strictObject({
        nodeLabels: labelsOfAny
          .default({ "kubernetes.azure.com/priority": "regular", "kubernetes.azure.com/mode": "user" })
          .describe(
            "labels that a regular node has, all of them, each with its value or one of a list; {}: every node that is not spot",
          ),
      })
      .prefault({}),
    spot: z
      .strictObject({
        nodeLabels: labels
          .default({ "kubernetes.azure.com/scalesetpriority": "spot" })
          .describe(
            "labels that a spot node has, all of them; the placement prefers nodes with them; {}: there are no spot nodes",
          ),
        taint: z
          .strictObject({
            key: z.string(),
            value: z.string().default(""),
            effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
          })
          .nullable()
          .default({ key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" })
          .describe("taint of spot nodes, which the placement tolerates; null: they have none"),
        lossConditions: z
          .array(z.string())
          .default(["VMEventScheduled", "PreemptionScheduled"])
          .describe("node conditions that announce the node's end"),
        lossTaints: z
          .array(z.string())
          .default([azureLossTaint, ...lossTaints])
          .describe("taint keys that announce the node's end"),
        stableMinutes: minutes
          .default(20)
          .describe(
            "how long losses of nodes count against their spot pool; work goes to spot while at least one pool is stable",
          ),
        toleratedLossShare: ratio
          .default(0.1)
          .describe(
            "part of a spot pool's nodes that may be lost within stableMinutes while the pool counts as stable",
          ),
      })
      .prefault({}),
  })
  .prefault({});

export const priorities = z
  .strictObject({
    label: z
      .string()
      .default("spot-balancer/tier")
      .describe(
        "label of a workload that states its tier, or `ignore`, in upper or lower case; wins over its PriorityClass. `ignore` leaves it where it is, on spot too; `critical` brings it back",
      ),
    classes: z
      .record(z.string(), tier)
      .default({ "system-cluster-critical": "critical", "system-node-critical": "critical" })
      .describe("PriorityClass → tier"),
    default: tier.default("standard").describe("tier of what neither the label nor a class names"),
  })
  .prefault({});

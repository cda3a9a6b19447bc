// Which nodes are spot, by who made the cluster: what `pools` has when the policy does not say otherwise.
import { lossTaints } from "./poolSchema.ts";
import { isRecord } from "./values.ts";

export const presetNames = ["aks", "eks", "gke", "karpenter"] as const;
export type PresetName = (typeof presetNames)[number];

interface Preset {
  /** Every node of such a pool has this label. */
  sign: string;
  /** As in the policy; what is missing has the schema's default, which is AKS's. */
  pools: object;
}

export const presets: Readonly<Record<PresetName, Preset>> = {
  // https://learn.microsoft.com/azure/aks/spot-node-pool: label and taint are added by Azure.
  aks: { sign: "kubernetes.azure.com/agentpool", pools: {} },
  // https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types: no taint.
  // Whoever drains before the end taints first: aws/aws-node-termination-handler, `pkg/node/node.go`.
  eks: {
    sign: "eks.amazonaws.com/nodegroup",
    pools: {
      nameLabel: "eks.amazonaws.com/nodegroup",
      splitLabel: "eks.amazonaws.com/capacityType",
      // Capacity blocks are reserved: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_eks.CapacityType.html
      regular: { nodeLabels: { "eks.amazonaws.com/capacityType": ["ON_DEMAND", "CAPACITY_BLOCK"] } },
      spot: {
        nodeLabels: { "eks.amazonaws.com/capacityType": "SPOT" },
        taint: null,
        lossTaints: ["aws-node-termination-handler/spot-itn", ...lossTaints],
      },
    },
  },
  // https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms: the label by GKE, a taint only by whoever wants one.
  gke: {
    sign: "cloud.google.com/gke-nodepool",
    pools: {
      nameLabel: "cloud.google.com/gke-nodepool",
      splitLabel: "cloud.google.com/gke-provisioning",
      regular: { nodeLabels: {} },
      spot: {
        nodeLabels: { "cloud.google.com/gke-spot": "true" },
        taint: null,
        // Set by GKE's node termination handler (kubernetes-sigs/kubernetes-mixin#460).
        lossTaints: ["cloud.google.com/impending-node-termination", ...lossTaints],
      },
    },
  },
  // https://karpenter.sh/docs/concepts/nodepools/: no taint; Karpenter drains what is about to end by itself.
  // Reserved capacity is as lasting as on-demand: https://karpenter.sh/docs/tasks/odcrs/
  karpenter: {
    sign: "karpenter.sh/capacity-type",
    pools: {
      nameLabel: "karpenter.sh/nodepool",
      splitLabel: "karpenter.sh/capacity-type",
      regular: { nodeLabels: { "karpenter.sh/capacity-type": ["on-demand", "reserved"] } },
      spot: { nodeLabels: { "karpenter.sh/capacity-type": "spot" }, taint: null },
    },
  },
};

/** A policy as it was written, with what its preset says of pools where it says nothing itself. */
export function withPreset(policy: unknown): unknown {
  if (!isRecord(policy)) return policy;
  const name = presetNames.find((each) => each === policy["preset"]);
  if (name === undefined) return policy;
  return { ...policy, pools: beneath(presets[name].pools, policy["pools"]) };
}

/** Labels are one value: those of a preset and one's own are never mixed. */
function beneath(below: unknown, above: unknown, key = ""): unknown {
  if (above === undefined) return below;
  if (!isRecord(below) || !isRecord(above) || key === "nodeLabels") return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) merged[name] = beneath(below[name], value, name);
  return merged;
}

/** The one that most nodes have the sign of; undefined: none of them has any. */
export function presetOf(
  nodes: readonly { labels: Readonly<Record<string, string>> }[],
): PresetName | undefined {
  const counts = presetNames.map((name) => {
    const count = nodes.filter(({ labels }) => Object.hasOwn(labels, presets[name].sign)).length;
    return { name, count };
  });
  // Karpenter's nodes have signs of their cloud as well.
  const [most] = counts.toReversed().sort((a, b) => b.count - a.count);
  return most && most.count > 0 ? most.name : undefined;
}

// Labels and taints by which nodes say what they are.

export type NodeLabels = Record<string, string>;

// Names under kubernetes.azure.com/ are AKS's own: it sets `mode` on every node, and refuses labels of ours there ("the
// 'kubernetes.azure.com' prefix is preserved by aks system labels", ams0/aks-nvme-ssd-provisioner#5). The spot label and
// taint it adds to spot pools, and there it lets us declare them, too; else each preview would show drift
// (hashicorp/terraform-provider-azurerm#9454). What a regular node is, we therefore say with a label of our own.
export const priorityLabel = "spot-balancer/priority";
const spotLabel = "kubernetes.azure.com/scalesetpriority";

/** What pools are created with, beyond what AKS adds to every node. */
export const regularPoolLabels: NodeLabels = { [priorityLabel]: "regular" };
export const spotPoolLabels: NodeLabels = { [priorityLabel]: "spot", [spotLabel]: "spot" };
export const systemPoolTaints = ["CriticalAddonsOnly=true:NoSchedule"];
export const spotPoolTaints = [`${spotLabel}=spot:NoSchedule`];

/** By these the other layers recognize nodes; they are outputs of base. */
export const systemNodeLabels: NodeLabels = { "kubernetes.azure.com/mode": "system" };
export const regularNodeLabels: NodeLabels = { [priorityLabel]: "regular" };
export const spotNodeLabels: NodeLabels = { [spotLabel]: "spot" };

// How a node of a pool looks: names, labels, taints and sizes as AKS gives them. Pure.
import type { V1Node, V1Taint } from "@kubernetes/client-node";
import type { Pool } from "../machines.ts";
import { stableGuid } from "../ids.ts";
import { type NodeSize, nodeSize, vmSize } from "../vmSizes.ts";

const spotKey = "kubernetes.azure.com/scalesetpriority";

/** Name of the pool's scale set, `aks-spot-12345678-vmss`: the same digits for all pools of a cluster. */
export function scaleSetName(pool: Pick<Pool, "name" | "clusterId">): string {
  const digits = String(parseInt(stableGuid(pool.clusterId).slice(0, 8), 16) % 1e8).padStart(8, "0");
  return `aks-${pool.name}-${digits}-vmss`;
}

/** Instances are counted in base 36, six digits; a number is never used twice in a pool. */
export const nodeName = (pool: Pick<Pool, "name" | "clusterId">, index: number): string =>
  `${scaleSetName(pool)}${index.toString(36).padStart(6, "0")}`;

/** Labels of every node of the pool; those that the pool declares come last. */
export function poolLabels(pool: Pool): Record<string, string> {
  const size = vmSize(pool.vmSize)!;
  return {
    agentpool: pool.name,
    "kubernetes.azure.com/agentpool": pool.name,
    "kubernetes.azure.com/cluster": `MC_${pool.clusterId.split("/").at(-1)}`,
    "kubernetes.azure.com/mode": pool.mode.toLowerCase(),
    "kubernetes.azure.com/os-sku": "Ubuntu",
    "kubernetes.azure.com/priority": pool.priority.toLowerCase(),
    ...(pool.priority === "Spot" && { [spotKey]: "spot" }),
    "kubernetes.io/arch": size.arm64 ? "arm64" : "amd64",
    "kubernetes.io/os": "linux",
    "kubernetes.io/role": "agent",
    "node.kubernetes.io/instance-type": pool.vmSize,
    "topology.kubernetes.io/region": pool.region,
    ...pool.labels,
  };
}

/** Taints that the pool declares, and Azure's own on spot pools. */
export function poolTaints(pool: Pool): V1Taint[] {
  const texts = [...pool.taints, ...(pool.priority === "Spot" ? [`${spotKey}=spot:NoSchedule`] : [])];
  return [...new Set(texts)].map((text) => {
    const [, key, value, effect] = /^([^=]+)=([^:]*):(.+)$/.exec(text)!;
    return { key: key!, ...(value && { value }), effect: effect! };
  });
}

/** `0` is how AKS labels a node without zone. */
const zoneOf = (pool: Pool, index: number): string =>
  pool.zones.length === 0 ? "0" : `${pool.region}-${pool.zones[index % pool.zones.length]}`;

/** What pods can have on an empty node of the pool. */
export const poolSize = (pool: Pool): { capacity: NodeSize; allocatable: NodeSize } =>
  nodeSize(vmSize(pool.vmSize)!, pool.maxPods, pool.osDiskGiB);

export const toQuantities = (size: NodeSize): Record<string, string> => ({
  cpu: `${size.cpu}m`,
  memory: `${Math.floor(size.memory / 1024)}Ki`,
  "ephemeral-storage": `${Math.floor(size.ephemeralStorage / 1024)}Ki`,
  pods: String(size.pods),
});

/** The node's own labels, besides the pool's. */
export const nodeLabels = (pool: Pool, index: number): Record<string, string> => ({
  ...poolLabels(pool),
  "kubernetes.io/hostname": nodeName(pool, index),
  "topology.kubernetes.io/zone": zoneOf(pool, index),
});

/** A node that kwok plays the kubelet for. */
export function buildKwokNode(pool: Pool, index: number): V1Node {
  const name = nodeName(pool, index);
  const { capacity, allocatable } = poolSize(pool);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: nodeLabels(pool, index),
      annotations: {
        "kwok.x-k8s.io/node": "fake",
        "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource`,
        "spot-balancer/emulated": "by the local environment: no machine stands behind this node",
      },
    },
    spec: {
      providerID: `azure://${pool.clusterId}/virtualMachineScaleSets/${scaleSetName(pool)}/virtualMachines/${index}`,
      taints: poolTaints(pool),
    },
    status: {
      capacity: toQuantities(capacity),
      allocatable: toQuantities(allocatable),
      nodeInfo: {
        architecture: vmSize(pool.vmSize)!.arm64 ? "arm64" : "amd64",
        bootID: "",
        containerRuntimeVersion: "containerd://2.1.0",
        kernelVersion: "6.8.0-azure",
        kubeProxyVersion: "",
        kubeletVersion: `v${pool.kubernetesVersion.split(".").length > 2 ? pool.kubernetesVersion : `${pool.kubernetesVersion}.0`}`,
        machineID: "",
        operatingSystem: "linux",
        osImage: "Ubuntu 24.04 LTS",
        systemUUID: "",
      },
    },
  };
}

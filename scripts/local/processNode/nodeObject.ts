// The Node object of a process node, and the Lease that says it lives. Pure.
import {
  V1MicroTime,
  type V1Lease,
  type V1Node,
  type V1NodeCondition,
  type V1Taint,
} from "@kubernetes/client-node";

export interface NodeDescription {
  name: string;
  labels: Record<string, string>;
  taints: V1Taint[];
  /** Quantities: cpu, memory, ephemeral-storage, pods. All of it is allocatable. */
  capacity: Record<string, string>;
  address: string;
  /** Port of the kubelet-like HTTPS server. */
  port: number;
  /** Version the node claims; clients compare it with the API server's. */
  version: string;
}

/** Taints with this prefix are set by Kubernetes itself, from conditions. */
const kubernetesTaint = "node.kubernetes.io/";

/** What the node wants in its object's metadata and spec; taints by Kubernetes that are there now stay. */
export function nodeObject(description: NodeDescription, present: readonly V1Taint[] = []): V1Node {
  const { name, labels, taints } = description;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels },
    },
    spec: { taints: [...taints, ...present.filter(({ key }) => key.startsWith(kubernetesTaint))] },
  };
}

/** The status to report at `now`; `since` is when the node became ready. */
export function nodeStatus(description: NodeDescription, since: Date, now: Date): V1Node["status"] {
  const { capacity, address, port, version } = description;
  const condition = (
    type: string,
    status: "True" | "False",
    reason: string,
    message: string,
  ): V1NodeCondition => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: since,
  });
  return {
    capacity,
    allocatable: capacity,
    addresses: [{ type: "InternalIP", address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: {
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      bootID: "",
      containerRuntimeVersion: `process://${process.versions.node}`,
      kernelVersion: "",
      kubeProxyVersion: "",
      kubeletVersion: version,
      machineID: "",
      operatingSystem: "linux",
      osImage: "processes of this machine",
      systemUUID: "",
    },
    conditions: [
      condition("Ready", "True", "ProcessNodeReady", "pods run as processes of this machine"),
      condition("MemoryPressure", "False", "NotWatched", "memory is the machine's own matter"),
      condition("DiskPressure", "False", "NotWatched", "the disk is the machine's own matter"),
      condition("PIDPressure", "False", "NotWatched", "processes are the machine's own matter"),
    ],
  };
}

/** How long the node counts as alive after a renewal, and how often it renews, in seconds: the kubelet's numbers. */
export const leaseSeconds = { duration: 40, renewal: 10 } as const;

export const nodeLease = (name: string, uid: string, now: Date): V1Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: {
    name,
    namespace: "kube-node-lease",
    ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }],
  },
  spec: {
    holderIdentity: name,
    leaseDurationSeconds: leaseSeconds.duration,
    renewTime: new V1MicroTime(now),
  },
});

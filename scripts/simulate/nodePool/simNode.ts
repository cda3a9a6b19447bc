// A node of the simulated cloud, and what the autoscaler and the cloud write on it.
import type { Node, Priority } from "../../../balancer/model.ts";
import { labelsAsAsked } from "../../../balancer/own.ts";
import type { SimCluster } from "../../../balancer/testing/simCluster.ts";
import type { PoolSpec } from "../scenario.ts";

const zoneLabel = "topology.kubernetes.io/zone";

export const candidateTaint = {
  key: "DeletionCandidateOfClusterAutoscaler",
  effect: "PreferNoSchedule",
} as const;

export const drainTaint = { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" } as const;

/** As node problem detector words it (aks-node-termination-handler#98). */
export const announcementOf = (endsAt: number): Partial<Node> => ({
  cordoned: true,
  conditions: ["VMEventScheduled"],
  announcements: [
    {
      ...{ type: "VMEventScheduled", reason: "VMEventScheduled" },
      message: `Preempt Scheduled: ${new Date(endsAt).toUTCString()}. DurationInSeconds: -1`,
    },
  ],
});

interface Identity {
  name: string;
  pool: string;
  priority: Priority;
  zone: string;
  spec: PoolSpec;
}

export function buildNode(
  { name, pool, priority, zone, spec: { cpu, memory, pods } }: Identity,
  { policy, now }: Pick<SimCluster, "policy" | "now">,
): Node {
  const { nameLabel, splitLabel, regular, spot } = policy.pools;
  const isSpot = priority === "spot";
  return {
    name,
    labels: {
      "kubernetes.io/hostname": name,
      [zoneLabel]: zone,
      [nameLabel]: pool,
      [splitLabel]: priority,
      ...labelsAsAsked((isSpot ? spot : regular).nodeLabels),
    },
    taints: isSpot && spot.taint ? [spot.taint] : [],
    cordoned: false,
    ready: true,
    readySince: now,
    createdAt: now,
    conditions: [],
    allocatable: { cpu, memory, pods },
  };
}

export const zoneOf = ({ labels }: Node): string => labels[zoneLabel]!;

export function withTaint(node: Node, taint: Node["taints"][number], isThere: boolean): Node {
  const others = node.taints.filter(({ key }) => key !== taint.key);
  return { ...node, taints: isThere ? [...others, taint] : others };
}

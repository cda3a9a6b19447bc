// Replicas of a StatefulSet whose disks are in different zones: each can only run where its own disk is.
import type { NodeView } from "../nodeView.ts";
import { zoneLabel } from "./nodeFit.ts";

/**
 * Which zones are still wanted while replica after replica is placed. A zone is given to the replica that has the
 * fewest others. Replicas without a disk of a zone may go anywhere.
 */
export class ReplicaZones {
  private readonly bound: string[][];
  private free: number;

  /** @param count how many replicas are placed; fewer than there are disks: any of them */
  constructor(zonesByReplica: string[][], count: number) {
    this.bound = zonesByReplica.toSorted((a, b) => a.length - b.length);
    this.free = Math.max(0, count - this.bound.length);
  }

  allows(view: NodeView): boolean {
    return this.free > 0 || this.indexFor(view) >= 0;
  }

  placed(view: NodeView): void {
    const at = this.indexFor(view);
    if (at >= 0) this.bound.splice(at, 1);
    else this.free--;
  }

  private indexFor({ node }: NodeView): number {
    const zone = node.labels[zoneLabel];
    return zone === undefined ? -1 : this.bound.findIndex((zones) => zones.includes(zone));
  }
}

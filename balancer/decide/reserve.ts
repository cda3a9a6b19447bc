// Room for pods that are on their way: without it the next workload would be planned into the same gap.
import type { Pod, PodTemplate, Priority, Workload } from "../model.ts";
import type { Ledger } from "./fit/ledger.ts";
import type { Growth } from "./growth.ts";
import type { Utilization } from "./utilization.ts";
import { isPlaceholder } from "./podRoles.ts";
import { beginsWithNewPod, isMadeSince } from "./replacement.ts";
import { wantedReplicas } from "./split.ts";
import type { World } from "./world.ts";

/** One pod's room; both are the other's opposite. */
interface Reservation {
  release(): void;
  renew(): void;
}

/**
 * Keeps room, for every workload that is not settled, for the replicas which are not yet where its placement wants them
 * (a move of an earlier round is being rolled out), and for pods that wait for a node. What fits nowhere takes no room, but
 * the nodes that the autoscaler will add for it.
 */
export class Reservations {
  private readonly byWorkload = new Map<string, Reservation[]>();
  private readonly ledger: Ledger;
  private readonly utilization: Utilization;

  private readonly growth: Growth;

  constructor(world: World, ledger: Ledger, utilization: Utilization, growth: Growth) {
    this.growth = growth;
    this.ledger = ledger;
    this.utilization = utilization;
    for (const [key, workload] of world.workloads) {
      if (!isPlaceholder(world, key)) this.byWorkload.set(key, this.reserve(key, workload, world));
    }
  }

  /**
   * Gives back what is kept for a workload of which all pods are replaced: they come to where the new plan wants them.
   * @returns what keeps it again
   */
  release(key: string): () => void {
    const list = this.byWorkload.get(key) ?? [];
    for (const reservation of list) reservation.release();
    return () => {
      for (const reservation of list) reservation.renew();
    };
  }

  private reserve(key: string, workload: Workload, world: World): Reservation[] {
    const pods = (world.podsByWorkload.get(key) ?? []).filter(({ deletingAt }) => deletingAt === undefined);
    // A gated one (Kueue) asks for room once its gate opens, and nobody knows when (kubernetes/autoscaler#8580).
    const asks = ({ nodeName, needsNoRoom, gated }: Pod) => nodeName === undefined && !needsNoRoom && !gated;
    const waiting = pods.filter(asks).length;
    const { replicas, status, placement, template, memory } = workload;
    const isRolling = status.observedGeneration < status.generation || status.updated < replicas;
    const there = { regular: 0, spot: 0 };
    for (const { nodeName } of pods) {
      const side = world.nodeByName.get(nodeName ?? "")?.priority;
      if (side) there[side]++;
    }
    const wanted = wantedReplicas(workload, world.policy);
    const keep = (count: number, sides: Priority[]): Reservation[] => {
      const kept: Reservation[] = [];
      while (kept.length < count) {
        const one = this.keep(key, workload, template, sides);
        if (!one) break;
        kept.push(one);
      }
      if (count > kept.length) this.growth.expect(workload, count - kept.length);
      return kept;
    };
    // On regular as well, where spot has no room: the placement only prefers spot.
    const anywhere: Priority[] = placement === "spot" ? ["spot", "regular"] : ["regular"];
    if (!memory || memory.lastMove === "Rebalance" || !isRolling) return keep(waiting, anywhere);
    // As `placeReplaced` has planned it; what got stuck has old pods of the template that it has again.
    const isInTheWay = (pod: Pod) =>
      world.nodeByName.get(pod.nodeName ?? "")?.priority === placement &&
      !isMadeSince(pod, memory.lastMovedAt);
    const begins = beginsWithNewPod(workload) && memory.lastReason !== "MoveStuck";
    if (begins && pods.some(isInTheWay)) wanted[placement]++;
    return [
      ...keep(wanted.spot - there.spot, anywhere),
      ...keep(wanted.regular - there.regular, ["regular"]),
    ];
  }

  private keep(
    key: string,
    workload: Workload,
    template: PodTemplate,
    sides: Priority[],
  ): Reservation | undefined {
    for (const priority of sides) {
      const placed = this.ledger.place({
        key,
        workload,
        template,
        priority,
        count: 1,
        leaving: [],
        isKept: true,
      });
      if (!("nodes" in placed)) continue;
      this.utilization.reserve(priority, template.requests, 1);
      return {
        release: () => {
          placed.undo();
          this.utilization.reserve(priority, template.requests, -1);
        },
        renew: () => {
          placed.redo();
          this.utilization.reserve(priority, template.requests, 1);
        },
      };
    }
    return undefined;
  }
}

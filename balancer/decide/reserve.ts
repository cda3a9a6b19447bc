// Room for pods that are on their way: without it the next workload would be planned into the same gap.
import type { Priority } from "../model.ts";
import type { Ledger } from "./fit/ledger.ts";
import type { Utilization } from "./utilization.ts";
import { wantedReplicas } from "./split.ts";
import { isPlaceholder } from "./podRoles.ts";
import type { World } from "./world.ts";

/**
 * Books, for every workload that is not settled, the replicas which are not yet where its placement wants them (a move
 * of an earlier round is being rolled out), and pods that wait for a node. What fits nowhere takes no room.
 */
export function reserveRoom(world: World, ledger: Ledger, utilization: Utilization): void {
  for (const [key, workload] of world.workloads) {
    if (isPlaceholder(world, key)) continue;
    const pods = (world.podsByWorkload.get(key) ?? []).filter(({ deletingAt }) => deletingAt === undefined);
    const waiting = pods.filter(({ nodeName }) => nodeName === undefined).length;
    const { replicas, status, placement } = workload;
    const moved = workload.memory !== undefined && workload.memory.lastMove !== "Rebalance";
    const isRolling = status.observedGeneration < status.generation || status.updated < replicas;
    const there = { regular: 0, spot: 0 };
    for (const { nodeName } of pods) {
      const side = world.nodeByName.get(nodeName ?? "")?.priority;
      if (side) there[side]++;
    }
    const wanted = wantedReplicas(workload, world.policy);
    const book = (count: number, sides: Priority[]) => {
      for (let booked = 0; booked < count; booked++) {
        const side = sides.find((priority) => {
          const request = { key, workload, template: workload.template, priority, count: 1, leaving: [] };
          return "nodes" in ledger.place(request);
        });
        if (!side) return;
        utilization.reserve(side, workload.template.requests, 1);
      }
    };
    // On regular as well, where spot has no room: the placement only prefers spot.
    const anywhere: Priority[] = placement === "spot" ? ["spot", "regular"] : ["regular"];
    if (!moved || !isRolling) book(waiting, anywhere);
    else {
      book(wanted.spot - there.spot, anywhere);
      book(wanted.regular - there.regular, ["regular"]);
    }
  }
}

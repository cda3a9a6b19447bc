// Room for what a move brings: the template as it will be there, nodes for every pod of it, or why there are none.
import type { Move, PodTemplate, Priority, RefusalReason } from "../model.ts";
import type { Objection } from "./objection.ts";
import type { Ledger, Placed } from "./fit/ledger.ts";
import type { Misfit, NotPlaced } from "./fit/search.ts";
import { podRef } from "./podRef.ts";
import { beginsWithNewPod } from "./replacement.ts";
import { spotTolerations } from "./tolerations.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

/**
 * Books room for all pods of a workload that is rolled, on both sides. The nodes of the destination are named first.
 * @param coming how many pods each side gets
 * @param isResumed its old pods on the destination are of the template that it gets, and stay
 */
export function placeReplaced(
  candidate: Candidate,
  destination: Priority,
  coming: Record<Priority, number>,
  ledger: Ledger,
  world: World,
  isResumed = false,
): Placed | Objection {
  const placeOn = (priority: Priority) => {
    const { workload, key } = candidate;
    const count = coming[priority];
    const there = podsOn(world, candidate, priority);
    // Of a split workload no more leave a side than come to it: the others' room is free only once they are gone.
    const leaving = there.slice(0, count).map(({ nodeName }) => world.nodeByName.get(nodeName!)!);
    const begins = priority === destination && leaving.length > 0 && beginsWithNewPod(workload);
    const extra = begins && !isResumed ? 1 : 0;
    const template = templateOn(priority, candidate, world);
    const result = ledger.place({ key, workload, template, priority, count: count + extra, leaving });
    if (!("nodes" in result)) return noRoom(result, template, priority, count);
    return { ...result, nodes: result.nodes.slice(0, count) };
  };
  const first = placeOn(destination);
  const other = destination === "spot" ? "regular" : "spot";
  if (!("nodes" in first) || coming[other] === 0) return first;
  const second = placeOn(other);
  if (!("nodes" in second)) {
    first.undo();
    return second;
  }
  const undo = () => {
    second.undo();
    first.undo();
  };
  const evicted = [...first.evicted, ...second.evicted];
  return { nodes: [...first.nodes, ...second.nodes], evicted, undo };
}

/** Placeholders that a move evicts first, as it names them. */
export function roomMade({ evicted }: Placed): Pick<Move, "makesRoom"> {
  return evicted.length > 0 ? { makesRoom: evicted.map(podRef) } : {};
}

/** The pod template as the scheduler will see it: on spot with the tolerations that the placement brings. */
export function templateOn(priority: Priority, { workload }: Candidate, { policy }: World): PodTemplate {
  if (priority === "regular") return workload.template;
  const tolerations = [...workload.template.tolerations, ...spotTolerations(policy)];
  return { ...workload.template, tolerations };
}

/** Why pods of a template found no room. */
export function noRoom(
  { misfit, placed, inUse }: NotPlaced,
  { requests }: PodTemplate,
  priority: Priority,
  replicas: number,
): Objection {
  const memory =
    inUse === undefined
      ? ""
      : `; each uses ${gibibytes(inUse)} of memory and requests ${gibibytes(requests.memory)}`;
  // Seldom asked for, and as seldom thought of.
  const { storage } = requests;
  const scratch = storage ? `; each requests ${gibibytes(storage)} of ephemeral storage` : "";
  // `kured --prefer-no-schedule-taint`, for instance, on every node that needs a reboot.
  const advised =
    misfit === "Taints" ? "; taints keep its pods away from others, or advise against them" : "";
  return {
    reason: misfitReason(misfit, priority),
    message:
      misfit === "NoNodes"
        ? `there is no usable ${priority} node`
        : `${Math.min(placed, replicas)} of ${replicas} pods find room on the ${priority} nodes${memory}${scratch}${advised}`,
    evidence: {
      ...{ replicas, placed, cpu: requests.cpu, memory: requests.memory },
      ...(inUse !== undefined && { memoryInUse: inUse }),
      ...(storage && { storage }),
    },
    missing: Math.max(0, replicas - placed),
    side: priority,
  };
}

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function misfitReason(misfit: Misfit, priority: Priority): RefusalReason {
  if (misfit === "NoNodes") return noNodes(priority);
  if (misfit === "NoCapacity") return priority === "spot" ? "NoCapacityOnSpot" : "NoCapacityOnRegular";
  return misfit;
}

const noNodes = (priority: Priority): RefusalReason =>
  priority === "spot" ? "NoSpotNodes" : "NoCapacityOnRegular";

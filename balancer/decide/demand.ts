// What spot is asked for: pods that would run there and find no room, summed up each round.
//
// An autoscaler adds nodes only for pods that wait, and what is placed on spot merely prefers it. So each round says
// which placeholder pods there should be: as many and as large as what is wanted needs, and none when nothing is.
import type { PodRef, Resources, SpotAsk } from "../model.ts";
import { availabilityKept } from "./availability.ts";
import type { Draft } from "./draft.ts";
import type { Judgment } from "./judgment.ts";
import { isOurPlaceholder } from "./podRoles.ts";
import { podRef } from "./podRef.ts";
import { isSettled } from "./replacement.ts";
import { savesNodes } from "./savesNodes.ts";
import type { Wanted } from "./wanted.ts";
import type { Utilization } from "./utilization.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

/** Of the replicas. An autoscaler may double them, and rarely does. */
const growthAtOnce = 0.5;

const sizeOf = ({ cpu, memory }: Resources): string => `${cpu}/${memory}`;

export function askForSpot(world: World, { moves, wanted: byWorkload, books, judgments }: Draft): SpotAsk {
  // What policy wants back waits for room on regular; a node that came for it on spot would be for nothing.
  const isExcess = (candidate: Candidate) =>
    candidate.workload.placement === "spot" && books.shares.excess(candidate) !== undefined;
  const excess = new Set(world.candidates.filter(isExcess).map(({ key }) => key));
  const keys = [...byWorkload.keys()].filter((key) => !excess.has(key));
  const found = savesNodes(world, new Set(keys)) ? keys.map((key) => byWorkload.get(key)!) : [];
  const wanted = found.length > 0 ? found : probe(world, judgments);
  const gone = new Set(moves.flatMap(({ makesRoom = [] }) => makesRoom.map(({ uid }) => uid)));
  const present = world.snapshot.pods
    .filter((pod) => isOurPlaceholder(pod) && pod.deletingAt === undefined && !gone.has(pod.uid))
    .sort(
      (a, b) =>
        Number(b.nodeName !== undefined) - Number(a.nodeName !== undefined) || (a.name < b.name ? -1 : 1),
    );
  const wish = new Map<string, Wanted>();
  const add = (requests: Resources, count: number) => {
    const known = wish.get(sizeOf(requests));
    if (known) known.count += count;
    else if (count > 0) wish.set(sizeOf(requests), { requests, count });
  };
  for (const { requests, count, nodeCpu = requests.cpu } of [
    ...wanted,
    ...growth(world, excess),
    ...headroomOf(world),
  ])
    add({ ...requests, cpu: nodeCpu }, count);
  // A node of its own brings more room than it takes.
  const sharing = found.filter(({ nodeCpu }) => nodeCpu === undefined);
  for (const { requests, count } of filler(world, sharing, books.utilization)) add(requests, count);

  const all = [...wish.values()].map(({ requests, count }) => ({ requests, count }));
  const isArriving =
    moves.some(({ destination }) => destination === "spot") ||
    world.candidates.some(
      ({ workload: each }) =>
        each.placement === "spot" && each.memory?.lastMove === "ToSpot" && !isSettled(each),
    );
  const [kept, remove]: [PodRef[], PodRef[]] = [[], []];
  for (const pod of present) {
    const size = wish.get(sizeOf(pod.requests));
    // What is on its way must find the room that was made for it.
    const inTheWay = isArriving && pod.nodeName === undefined;
    const stays = size !== undefined && size.count > 0 && !inTheWay;
    if (stays) size.count--;
    (stays ? kept : remove).push(podRef(pod));
  }
  const create = isArriving ? [] : [...wish.values()].filter(({ count }) => count > 0);
  return { create, remove, kept, all };
}

/**
 * Where nothing keeps a spot node, one is asked for while what wants to spot waits for it to last: nobody would see else
 * when there is spot again, nor when it is lost once more.
 */
function probe({ availability: { state } }: World, judgments: Judgment[]): Wanted[] {
  if ((state.kept ?? 0) > 0) return [];
  const [smallest] = judgments
    .filter(({ objection }) => objection?.reason === "AvailabilityAtStake")
    .map(({ candidate }) => candidate.workload.template.requests)
    .sort((a, b) => a.cpu - b.cpu || a.memory - b.memory);
  return smallest ? [{ requests: smallest, count: 1 }] : [];
}

/**
 * What the autoscalers of workloads on spot may add next. Their new pods would wait for a node, since whatever was moved
 * to spot leaves no room on regular; spot's room costs a fifth of regular's.
 */
function growth(world: World, excess: ReadonlySet<string>): Wanted[] {
  if (!world.spot.stable || world.poolTrouble.spot.length > 0) return [];
  return world.candidates.flatMap((candidate) => {
    const { key, workload, autoscaler } = candidate;
    if (!autoscaler || workload.placement !== "spot" || excess.has(key)) return [];
    if (podsOn(world, candidate, "spot").length === 0 || availabilityKept(candidate, world)) return [];
    const { replicas, template } = workload;
    const count = Math.min(autoscaler.maxReplicas - replicas, Math.ceil(replicas * growthAtOnce));
    return count > 0 ? [{ requests: template.requests, count }] : [];
  });
}

function headroomOf({ policy: { headroom } }: World): Wanted[] {
  const { replicas, cpuMillicores, memoryMebibytes } = headroom;
  return [{ requests: { cpu: cpuMillicores, memory: memoryMebibytes * 2 ** 20 }, count: replicas }];
}

/** Moves fill spot up to its low-water mark only: so much more room has to be there, in the sizes that are wanted. */
function filler({ policy }: World, wanted: Wanted[], utilization: Utilization): Wanted[] {
  const { highUtilization } = policy.pressure.spot;
  const largest = wanted.toSorted((a, b) => b.requests.cpu - a.requests.cpu)[0];
  if (!largest) return [];
  const asked = wanted.reduce((sum, { requests, count }) => sum + requests.cpu * count, 0);
  const total = asked + utilization.requestedOn("spot").cpu;
  const missing = total / highUtilization - total;
  return [{ requests: largest.requests, count: Math.ceil(missing / largest.requests.cpu) }];
}

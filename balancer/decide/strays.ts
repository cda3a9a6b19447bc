// Pods of a workload placed on spot that are not there: they fell back to regular, came by scaling, or landed elsewhere.
import type { Pod, Resources } from "../model.ts";
import { healthOf } from "./autoscaledPools.ts";
import { wantedReplicas } from "./split.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

const minute = 60_000;

/** Running pods away from spot, beyond what its split wants on regular. */
export function strays(candidate: Candidate, { policy, nodeByName }: World): Pod[] {
  const away = candidate.pods.filter(
    ({ nodeName, deletingAt }) =>
      deletingAt === undefined && nodeName !== undefined && nodeByName.get(nodeName)?.priority !== "spot",
  );
  return away.slice(wantedReplicas(candidate.workload, policy).regular);
}

/**
 * Its last move to spot did not last, and no loss explains it: the scheduler or an autoscaler wanted it elsewhere. Its pods
 * say when: one that stands away from spot was made soon after that move.
 */
export function didNotStay(candidate: Candidate, world: World): boolean {
  const { memory } = candidate.workload;
  if (memory?.lastMove !== "ToSpot") return false;
  if ((world.availability.state.losses.at(-1)?.at ?? -Infinity) >= memory.lastMovedAt) return false;
  const soon = memory.lastMovedAt + 2 * world.policy.cooldown.minutes * minute;
  return strays(candidate, world).some(({ createdAt }) => createdAt < soon);
}

/**
 * Would regular need fewer nodes without what wants to spot? Else it fills nodes that are needed anyway: a spot node would
 * be paid for and no regular one saved, and the autoscaler would drain it again for being of little use.
 * @param wanted keys of the workloads that found no room on spot
 */
export function savesNodes(world: World, wanted: ReadonlySet<string>): boolean {
  const regular = world.nodes.filter(
    ({ priority, standing }) => priority === "regular" && standing === "usable",
  );
  const size: Resources = { cpu: 0, memory: 0 };
  for (const { node } of regular) add(size, node.allocatable, 1 / regular.length);
  const needed: Resources = { cpu: 0, memory: 0 };
  for (const { node } of regular)
    for (const { requests } of world.podsByNode.get(node.name) ?? []) add(needed, requests);
  for (const candidate of world.candidates) {
    const leave =
      candidate.workload.placement === "spot"
        ? strays(candidate, world)
        : wanted.has(candidate.key)
          ? podsOn(world, candidate, "regular")
          : [];
    for (const { requests } of leave) add(needed, requests, -1);
  }
  const least = new Set(regular.map(({ pool }) => pool));
  const minimum = [...least].reduce(
    (sum, pool) => sum + (healthOf(pool, world.nodes, world.snapshot.poolHealth)?.minSize ?? 1),
    0,
  );
  const bound = new Set(world.candidates.flatMap((candidate) => boundNodes(candidate, wanted, world)));
  const nodes = Math.max(
    minimum,
    bound.size,
    Math.ceil(needed.cpu / size.cpu),
    Math.ceil(needed.memory / size.memory),
  );
  return nodes < regular.length;
}

/** Regular nodes that no autoscaler removes: a disruption budget keeps each pod that stays there, for ever. */
function boundNodes(candidate: Candidate, wanted: ReadonlySet<string>, world: World): string[] {
  const { workload, disruptionBudgets, key } = candidate;
  const isKept = disruptionBudgets.some(({ desiredHealthy }) => desiredHealthy >= workload.replicas);
  if (!isKept || wanted.has(key)) return [];
  const leaving = new Set(workload.placement === "spot" ? strays(candidate, world) : []);
  const stays = podsOn(world, candidate, "regular").filter((pod) => !leaving.has(pod));
  return stays.map(({ nodeName }) => nodeName!);
}

function add(sum: Resources, { cpu, memory }: Resources, times = 1): void {
  sum.cpu += cpu * times;
  sum.memory += memory * times;
}

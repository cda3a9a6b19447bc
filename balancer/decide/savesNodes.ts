// Whether work on spot saves regular nodes: else a spot node would be paid for beside those that stand anyway.
import type { Pod, Resources } from "../model.ts";
import { nodesApart } from "./apart.ts";
import { healthOf } from "./autoscaledPools.ts";
import { hasRoom, isKept, isKeptAmongMore, isLittle } from "./littleUse.ts";
import type { NodeView } from "./nodeView.ts";
import { nodesNeeded } from "./nodesNeeded.ts";
import { isOnEveryNode } from "./podRoles.ts";
import { strays, wasDrainedAlone } from "./strays.ts";
import { comesBackForLoad } from "./workloadUsage.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

/**
 * Would regular need fewer nodes without what wants to spot? Else it fills nodes that are needed anyway: a spot node would
 * be paid for and no regular one saved, and the autoscaler would drain it again for being of little use.
 * @param wanted keys of the workloads that found no room on spot
 */
export function savesNodes(world: World, wanted: ReadonlySet<string>): boolean {
  const regular = world.nodes.filter(
    ({ priority, standing }) => priority === "regular" && standing === "usable",
  );
  const leaving: Resources = { cpu: 0, memory: 0 };
  const gone = new Set<Pod>();
  for (const candidate of world.candidates) {
    const leave =
      candidate.workload.placement === "spot"
        ? goingBack(candidate, world)
        : wanted.has(candidate.key)
          ? podsOn(world, candidate, "regular")
          : [];
    for (const pod of leave) {
      add(leaving, pod.requests);
      gone.add(pod);
    }
  }
  const [size, needed]: [Resources, Resources] = [
    { cpu: 0, memory: 0 },
    { cpu: 0, memory: 0 },
  ];
  const [rooms, staying]: [Resources[], Resources[]] = [[], []];
  for (const { node } of regular) {
    add(size, node.allocatable, 1 / regular.length);
    const room = { ...node.allocatable };
    for (const pod of world.podsByNode.get(node.name) ?? []) {
      if (gone.has(pod)) continue;
      add(needed, pod.requests);
      if (isOnEveryNode(pod)) add(room, pod.requests, -1);
      else staying.push(pod.requests);
    }
    rooms.push(room);
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
    nodesApart(world, (pod) => gone.has(pod)),
    nodesNeeded(rooms, staying),
  );
  if (nodes >= regular.length) return false;
  const isBegun = [...wanted].every((key) => world.workloads.get(key)?.placement === "spot");
  if (!isBegun || world.snapshot.poolHealth.length === 0 || !isLittle(leaving, size)) return true;
  // A node for few pods is drained itself once they fit elsewhere, and that before a regular node that has others' pods.
  const isEmptied = ({ node }: NodeView) => {
    const pods = world.podsByNode.get(node.name)?.filter((pod) => !isOnEveryNode(pod)) ?? [];
    return pods.length > 0 && pods.every((pod) => gone.has(pod));
  };
  const fits =
    leaving.cpu <= nodes * size.cpu - needed.cpu && leaving.memory <= nodes * size.memory - needed.memory;
  return !fits && regular.some(isEmptied);
}

/** Strays that may return to spot: what wants its placement taken back for its load waits for room on regular instead. */
const goingBack = (candidate: Candidate, world: World): Pod[] =>
  comesBackForLoad(candidate) ? [] : strays(candidate, world);

/** By round, since it is the same for all workloads. */
const roundsSeen = new WeakMap<World, { saves: boolean; kept: NodeView[] }>();

/**
 * Whether a stray's way back is worth it: a regular node may go for it, or there is a spot node that stands anyway. What was
 * drained when it stood alone needs nodes that stand by what is on them: one more that others ask for, and it would be again.
 */
export function wouldStay({ workload }: Candidate, destinations: NodeView[], world: World): boolean {
  const { requests } = workload.template;
  if (wasDrainedAlone(workload, world)) {
    const spot = destinations.filter(({ priority }) => priority === "spot");
    return spot.every((view) => isKeptAmongMore(view, world, [requests]));
  }
  let seen = roundsSeen.get(world);
  if (!seen) {
    const usable = world.nodes.filter(
      ({ priority, standing }) => priority === "spot" && standing === "usable",
    );
    const kept = usable.filter((view) => isKept(view, world));
    const saves = savesNodes(world, new Set());
    roundsSeen.set(world, (seen = { saves, kept }));
  }
  return seen.saves || seen.kept.some((view) => hasRoom(view, requests, world));
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

// What the cluster autoscaler says of pools: which it has given up on for now, and how many nodes may still go.
//
// It knows groups of machines, and their names contain the pool's: `aks-spot-12345678-vmss`. A pool may be several groups,
// one in each zone; and a pool's name may be the beginning of another's: `web`, `web-large`.
import type { PoolHealth, Priority, Snapshot } from "../model.ts";
import type { NodeView } from "./nodeView.ts";

/** All groups of a pool as one: sums for sizes, in trouble only when each of them is. */
export function healthOf(pool: string, nodes: NodeView[], health: PoolHealth[]): PoolHealth | undefined {
  const groups = groupsOf(pool, nodes, health);
  const [first] = groups;
  if (!first || groups.length === 1) return first;
  const isFine = (group: PoolHealth) => !isInTrouble(group);
  const sum = (of: (group: PoolHealth) => number | undefined) =>
    groups.reduce<number | undefined>((total, group) => {
      const value = of(group);
      return total === undefined || value === undefined ? undefined : total + value;
    }, 0);
  const minSize = sum((group) => group.minSize);
  // A group in trouble gets no node more than it has.
  const maxSize = sum((group) => (isFine(group) ? group.maxSize : (group.nodes ?? group.minSize)));
  return {
    pool,
    health: groups.every((group) => group.health === "Unhealthy") ? "Unhealthy" : "Healthy",
    backoff: groups.every(isInTrouble) && groups.some(({ backoff }) => backoff),
    ...(minSize !== undefined && { minSize }),
    ...(maxSize !== undefined && { maxSize }),
  };
}

/** How many nodes more it may get now; 0 where nobody says so. */
export function nodesToCome(pool: string, nodes: NodeView[], health: PoolHealth[]): number {
  const known = healthOf(pool, nodes, health);
  if (known?.maxSize === undefined || isInTrouble(known)) return 0;
  return Math.max(0, known.maxSize - nodes.filter((view) => view.pool === pool).length);
}

/** The most nodes that a pool may ever have; undefined: nobody says so, or not while one of its groups is in trouble. */
export function maximumOf(pool: string, nodes: NodeView[], health: PoolHealth[]): number | undefined {
  return groupsOf(pool, nodes, health).some(isInTrouble) ? undefined : healthOf(pool, nodes, health)?.maxSize;
}

/** Whether every group is one of a pool that has a node: another one may be spot, and have none now. */
export function knowsAllGroups(nodes: NodeView[], health: PoolHealth[]): boolean {
  const known = new Set(nodes.flatMap(({ pool }) => groupsOf(pool, nodes, health)));
  return health.every((group) => known.has(group));
}

/** Whether a pool of the priority may get a node more. */
export function mayGrow(
  priority: Priority,
  { nodes, snapshot }: { nodes: NodeView[]; snapshot: Pick<Snapshot, "poolHealth"> },
): boolean {
  const pools = new Set(nodes.filter((view) => view.priority === priority).map(({ pool }) => pool));
  return [...pools].some((pool) => nodesToCome(pool, nodes, snapshot.poolHealth) > 0);
}

/** Their names when there is trouble with every pool of the priority; one healthy pool is enough for none. */
export function troubledPools(priority: Priority, nodes: NodeView[], health: PoolHealth[]): string[] {
  const names = new Set<string>();
  for (const view of nodes) if (view.priority === priority && view.pool !== "") names.add(view.pool);
  const inTrouble = (name: string) => {
    const entry = healthOf(name, nodes, health);
    return entry !== undefined && isInTrouble(entry);
  };
  return [...names].every(inTrouble) ? [...names].sort() : [];
}

const isInTrouble = ({ backoff, health }: PoolHealth) => backoff || health === "Unhealthy";

interface Names {
  health: PoolHealth[];
  owners: Map<PoolHealth, string>;
  /** Every pool that has a node, with its name in words. */
  pools: Map<string, string>;
  groups: { group: PoolHealth; text: string }[];
  found: Map<string, PoolHealth[]>;
}

/** By the nodes of a world: several steps ask about the same pools, and names take long to tell apart. */
const asked = new WeakMap<NodeView[], Names>();

function namesOf(nodes: NodeView[], health: PoolHealth[]): Names {
  let names = asked.get(nodes);
  if (names?.health !== health) {
    const pools = [...new Set(nodes.map(({ pool }) => pool))].filter((pool) => pool !== "");
    names = {
      health,
      owners: poolsByGroup(nodes, health),
      pools: new Map(pools.map((pool) => [pool, asWords(pool)])),
      groups: health.map((group) => ({ group, text: asWords(group.pool) })),
      found: new Map(),
    };
    asked.set(nodes, names);
  }
  return names;
}

function groupsOf(pool: string, nodes: NodeView[], health: PoolHealth[]): PoolHealth[] {
  const names = namesOf(nodes, health);
  const known = names.found.get(pool);
  if (known) return known;
  const groups = findGroups(pool, names);
  names.found.set(pool, groups);
  return groups;
}

function findGroups(pool: string, { owners, pools, groups }: Names): PoolHealth[] {
  const words = asWords(pool);
  const certain: PoolHealth[] = [];
  const likely: PoolHealth[] = [];
  const possible: PoolHealth[] = [];
  for (const { group, text } of groups) {
    const owner = owners.get(group);
    if (owner !== undefined || group.pool === pool) {
      if ((owner ?? pool) === pool) certain.push(group);
      continue;
    }
    if (!text.includes(words)) continue;
    const end = endOf(words, text);
    // Before the pool's name stands the cluster's, which may be called as another pool is; so the last one counts.
    const isOthers = [...pools].some(([other, otherWords]) => {
      const itsEnd = endOf(otherWords, text);
      return itsEnd > end || (itsEnd === end && other.length > pool.length);
    });
    if (isOthers) continue;
    if (text.slice(end).split("-").every(isGroupWord)) likely.push(group);
    else possible.push(group);
  }
  if (certain.length + likely.length > 0) return [...certain, ...likely];
  return possible;
}

/** Where a pool's name ends in the words of a group; -1: it is not among them. */
function endOf(words: string, text: string): number {
  const at = text.lastIndexOf(words);
  return at < 0 ? -1 : at + words.length - 1;
}

/**
 * Nodes are called after the group that made them: `aks-spot-12345678-vmss000001`, `akswin000001` of a Windows pool; on
 * GKE the group is a URL that ends in `/gke-cluster-pool-1a2b3c4d-grp`, and its nodes are `gke-cluster-pool-1a2b3c4d-x7kq`.
 */
function poolsByGroup(nodes: NodeView[], health: PoolHealth[]): Map<PoolHealth, string> {
  const longestFirst = health
    .map((group) => ({ group, stem: group.pool.replace(/^.*\//, "").replace(/-grp$/, "-") }))
    .sort((a, b) => b.stem.length - a.stem.length);
  const owners = new Map<PoolHealth, string>();
  for (const { node, pool } of nodes) {
    const isItsGroup = ({ stem }: { stem: string }) =>
      node.name.startsWith(stem) && (stem.length >= 8 || /^\d{6}$/.test(node.name.slice(stem.length)));
    const found = longestFirst.find(isItsGroup);
    if (found && pool !== "") owners.set(found.group, pool);
  }
  return owners;
}

/** `aks-spot-1` → `-aks-spot-1-`, so that `spot` is found in it and `spo` is not. */
const asWords = (name: string) => `-${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}-`;

/** What clouds put after a pool's name: numbers, hashes, zones, regions, and their words for a group of machines. */
const isGroupWord = (word: string) =>
  word.length <= 1 || /\d/.test(word) || groupWords.has(word.toLowerCase());

const groupWords = new Set(
  "vmss vm asg mig grp group nodegroup nodepool pool ng np az zone us eu ap sa ca me af east west north south central europe asia".split(
    " ",
  ),
);

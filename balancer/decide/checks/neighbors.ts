// Whether others that have to be near its pods could be near them on spot.
//
// The scheduler asks for a required affinity whenever a pod is made: what runs stays, and its next pod waits for ever for the
// neighbor that has gone (openebs-archive/maya#802: a target pod waits for its application's).
import type { Pod, PodAffinityTerm, Workload } from "../../model.ts";
import { labelOf } from "../../own.ts";
import { SelectorIndex, append, matches } from "../../selectors.ts";
import { namespacesOf } from "../fit/podsInView.ts";
import { nodeFit } from "../fit/nodeFit.ts";
import type { NodeView } from "../nodeView.ts";
import { templateOn } from "../room.ts";
import { isIdle } from "../workloadUsage.ts";
import type { Candidate, World } from "../world.ts";
import { type Check, firstObjection } from "./check.ts";
import { movesWithoutHarm } from "./manner.ts";
import { mayBeOnSpot, mayBePlaced, mayBeTouched } from "./permission.ts";

interface Neighbor {
  key: string;
  workload: Workload;
  term: PodAffinityTerm;
}

/** By the nodes of a world, and the namespace that is meant: every candidate asks, and few workloads have such a term. */
const asked = new WeakMap<NodeView[], Map<string, SelectorIndex<Neighbor>>>();

function neighborsIn({ nodes, workloads }: World): Map<string, SelectorIndex<Neighbor>> {
  let found = asked.get(nodes);
  if (!found) {
    const lists = new Map<string, Neighbor[]>();
    for (const [key, workload] of workloads)
      for (const term of workload.template.podAffinity)
        for (const namespace of namespacesOf(term, workload))
          append(lists, namespace, { key, workload, term });
    found = new Map([...lists].map(([name, list]) => [name, new SelectorIndex(list, selectorOf)]));
    asked.set(nodes, found);
  }
  return found;
}

const selectorOf = ({ term }: Neighbor) => term.selector;

export const neighborsCanFollow: Check = (candidate, world) => {
  const { key, workload, floor } = candidate;
  // Where some replicas stay, their neighbors do.
  if (floor > 0) return undefined;
  const neighbors = neighborsIn(world).get(workload.namespace)?.matching(workload.template.labels) ?? [];
  const left = neighbors.find((each) => each.key !== key && isLeft(each, candidate, world));
  return (
    left && {
      reason: "PodAffinity",
      message: `${left.workload.kind}/${left.workload.name} has to be near its pods, and no node near spot takes it`,
      evidence: { neighbor: left.key },
    }
  );
};

/** It finds those pods where they are, would find them on no node that spot has, and no others like them. */
function isLeft({ term, workload, key }: Neighbor, candidate: Candidate, world: World): boolean {
  const domainOf = (view: NodeView | undefined) => view && labelOf(view.node.labels, term.topologyKey);
  const usable = world.nodes.filter(({ standing }) => standing === "usable");
  const [fits, goes] = [nodeFit(workload.template), nodeFit(templateOn("spot", candidate, world))];
  const reachable = new Set(usable.filter(({ node }) => !fits(node)).map(domainOf));
  // A node without the label is near nobody.
  reachable.delete(undefined);
  const isFound = ({ nodeName }: Pod) => reachable.has(domainOf(world.nodeByName.get(nodeName ?? "")));
  const others = namespacesOf(term, workload)
    .flatMap((name) => world.podsByNamespace.get(name) ?? [])
    .filter((pod) => pod.workload !== candidate.key && matches(term.selector, pod.labels));
  const destinations = usable.filter(({ node, priority }) => priority === "spot" && !goes(node));
  if (!candidate.pods.some(isFound) || others.some(isFound)) return false;
  if (destinations.length === 0 || destinations.some((view) => reachable.has(domainOf(view)))) return false;
  const follower = world.candidates.find((each) => each.key === key);
  return !follower || !mayFollow(follower, world);
}

/** It will want to go to spot itself as soon as its neighbor is there. */
function mayFollow(candidate: Candidate, world: World): boolean {
  const wants = candidate.tier === "low" || isIdle(candidate.usage, candidate.thresholds);
  const checks = [mayBeTouched, mayBePlaced, mayBeOnSpot, movesWithoutHarm].flat();
  return wants && firstObjection(checks, candidate, world) === undefined;
}

// Required rules between pods: affinity, anti-affinity (both ways) and topology spread, for one workload being placed.
import type { Pod, TopologySpread, Workload, WorkloadRef } from "../../model.ts";
import { labelOf } from "../../own.ts";
import type { NodeView } from "../nodeView.ts";
import { matches } from "../../selectors.ts";
import type { Domains } from "./domains.ts";
import { type PodsInView, type SeenPod, namespacesOf } from "./podsInView.ts";

export type TopologyMismatch = "AntiAffinity" | "PodAffinity" | "TopologySpread";

/** One rule: may a pod go to a node, and what changes once it went there. */
interface Rule {
  mismatch: TopologyMismatch;
  allows(node: NodeView): boolean;
  placed(node: NodeView): void;
}

/** A workload, or a pod that nothing stands behind. */
export type Placeable = WorkloadRef & Pick<Workload, "template">;

export interface TopologyRules {
  mismatch(node: NodeView): TopologyMismatch | undefined;
  /** Counts a pod of the workload as placed on the node. */
  placed(node: NodeView): void;
}

/**
 * Old pods of the workload are still there while the new ones come, so affinities see them. For spread only the end
 * counts: then they are gone (`key` tells them), and those that are planned are there.
 * @param evicted when only these of its old pods go
 */
export function topologyRules(
  key: string,
  workload: Placeable,
  pods: PodsInView,
  domains: Domains,
  evicted?: Pod[],
): TopologyRules {
  const going = evicted && new Set(evicted.map(({ name }) => name));
  // The scheduler spreads beside those that end as if they had (kubernetes-sigs/descheduler#618).
  const staysInEnd = ({ workload: owner, name, isEnding }: SeenPod) =>
    !isEnding && (owner !== key || name === undefined || going?.has(name) === false);
  const rules = [
    ...antiAffinityRules(workload, pods),
    ...affinityRules(workload, pods),
    ...workload.template.topologySpread.map((spread) =>
      spreadRule(spread, staysInEnd, workload, pods, domains),
    ),
  ];
  return {
    mismatch: (node) => rules.find((rule) => !rule.allows(node))?.mismatch,
    placed: (node) => rules.forEach((rule) => rule.placed(node)),
  };
}

const domainOf = ({ node }: NodeView, topologyKey: string): string | undefined =>
  labelOf(node.labels, topologyKey);

function antiAffinityRules(workload: Placeable, pods: PodsInView): Rule[] {
  const { podAntiAffinity, labels } = workload.template;
  const own = podAntiAffinity.map((term): Rule => {
    const namespaces = namespacesOf(term, workload);
    const taken = new Set(
      pods.matching(namespaces, term.selector).map(({ node }) => domainOf(node, term.topologyKey)),
    );
    const refusesItself = namespaces.includes(workload.namespace) && matches(term.selector, labels);
    return avoiding(term.topologyKey, taken, refusesItself);
  });
  const others = Map.groupBy(pods.repelling(workload), ({ topologyKey }) => topologyKey);
  return [
    ...own,
    ...[...others].map(([topologyKey, refusing]) =>
      avoiding(topologyKey, new Set(refusing.map(({ pod }) => domainOf(pod.node, topologyKey))), false),
    ),
  ];
}

function avoiding(topologyKey: string, taken: Set<string | undefined>, refusesItself: boolean): Rule {
  // A node without the label is in no domain, so nothing is refused there.
  taken.delete(undefined);
  return {
    mismatch: "AntiAffinity",
    allows: (node) => !taken.has(domainOf(node, topologyKey)),
    placed(node) {
      const domain = domainOf(node, topologyKey);
      if (refusesItself && domain !== undefined) taken.add(domain);
    },
  };
}

/**
 * As the scheduler does: only a pod that every term means counts, for each of them (`pkg/scheduler/framework/plugins/
 * interpodaffinity/filtering.go`, podMatchesAllAffinityTerms); and the first pod of a group that only wants to be
 * together may go anywhere.
 */
function affinityRules(workload: Placeable, pods: PodsInView): Rule[] {
  const { podAffinity: terms, labels } = workload.template;
  const meant = terms.map((term) => namespacesOf(term, workload));
  const namespaces = (meant[0] ?? []).filter((name) => meant.every((each) => each.includes(name)));
  const selector = terms.flatMap((term) => term.selector);
  const found = pods.matching(namespaces, selector);
  const likesItself = namespaces.includes(workload.namespace) && matches(selector, labels);
  const near = terms.map(({ topologyKey }) => new Set(found.map(({ node }) => domainOf(node, topologyKey))));
  for (const domains of near) domains.delete(undefined);
  return terms.map(({ topologyKey }, i): Rule => {
    return {
      mismatch: "PodAffinity",
      allows(node) {
        const domain = domainOf(node, topologyKey);
        if (domain === undefined) return false;
        return near.every(({ size }) => size === 0) ? likesItself : near[i]!.has(domain);
      },
      placed(node) {
        if (likesItself) near[i]!.add(domainOf(node, topologyKey));
      },
    };
  });
}

function spreadRule(
  spread: TopologySpread,
  staysInEnd: (pod: SeenPod) => boolean,
  workload: Placeable,
  pods: PodsInView,
  domains: Domains,
): Rule {
  const { byNode, names } = domains.of(workload.template, spread);
  const counts = new Map<string, number>();
  const add = (node: NodeView) => {
    const domain = byNode.get(node);
    if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  };
  for (const pod of pods.matching([workload.namespace], spread.selector)) if (staysInEnd(pod)) add(pod.node);
  const countsItself = matches(spread.selector, workload.template.labels);
  const fewest = () => {
    if (counts.size < names.size || names.size < (spread.minDomains ?? 1)) return 0;
    return Math.min(...counts.values());
  };
  return {
    mismatch: "TopologySpread",
    allows(node) {
      const domain = domainOf(node, spread.topologyKey);
      if (domain === undefined) return false;
      return (counts.get(domain) ?? 0) + (countsItself ? 1 : 0) - fewest() <= spread.maxSkew;
    },
    placed(node) {
      if (countsItself) add(node);
    },
  };
}

// Terms of affinity between pods, and what the scheduler merely prefers, in the model's form.
import type { V1PodAffinityTerm, V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Labels, PodAffinityTerm, Preference, Requirement } from "../model.ts";
import { labelOf } from "../own.ts";
import type { TemplateContext } from "./context.ts";
import { matches } from "../selectors.ts";
import { labelSelector, matchesNothing, nodeSelectorTerm } from "./selectors.ts";
import { listOf } from "./shapes.ts";

/** @param own labels of the pods that the term stands in */
export function affinityTerm(
  term: Json<V1PodAffinityTerm>,
  own: Labels,
  { namespaces: all }: TemplateContext,
): PodAffinityTerm {
  const wanted = labelSelector(term.namespaceSelector);
  const selected = wanted ? all.filter(({ labels }) => matches(wanted, labels)).map(({ name }) => name) : [];
  const namespaces = [...listOf(term.namespaces, "namespaces"), ...selected];
  // A namespaceSelector that selects none must not fall back to "the own namespace".
  const selector = wanted && namespaces.length === 0 ? matchesNothing : labelSelector(term.labelSelector);
  return {
    topologyKey: term.topologyKey,
    selector: [
      ...(selector ?? matchesNothing),
      ...sameValues(term.matchLabelKeys, own, "In"),
      ...sameValues(term.mismatchLabelKeys, own, "NotIn"),
    ],
    namespaces,
  };
}

/**
 * `matchLabelKeys`: only pods with the same values as this one; `mismatchLabelKeys`: only those with other ones
 * (KEP-3633). A key that the template has not is left out: `pod-template-hash`, which each revision has anew.
 */
export function sameValues(keys: string[] | undefined, own: Labels, operator: "In" | "NotIn"): Requirement[] {
  return listOf(keys, "labelKeys").flatMap((key) => {
    const value = labelOf(own, key);
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

/**
 * The heaviest term that may be written. A spread is given a weight of its own, by which it mostly wins
 * (`pkg/scheduler/apis/config/v1/default_plugins.go`: PodTopologySpread 2, affinities 2 and 2, room 1).
 */
const heaviest = 100;

/** Preferred terms of nodes and of pods, and spreads that are merely preferred: they avoid pods of their own. */
export function preferencesOf(spec: Json<V1PodSpec>, own: Labels, context: TemplateContext): Preference[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  const nodes = listOf(nodeAffinity?.[preferred], preferred).map(({ weight, preference }): Preference => {
    return { weight, nodes: nodeSelectorTerm(preference) };
  });
  const pods = [podAffinity, podAntiAffinity].flatMap((affinity) =>
    listOf(affinity?.[preferred], preferred).map(({ weight, podAffinityTerm }): Preference => {
      const avoids = affinity === podAntiAffinity;
      return { weight, pods: affinityTerm(podAffinityTerm, own, context), ...(avoids && { avoids }) };
    }),
  );
  const spreads = listOf(spec.topologySpreadConstraints, "topologySpreadConstraints")
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "ScheduleAnyway")
    .map(({ topologyKey, labelSelector: selector, matchLabelKeys }): Preference => {
      const pods = affinityTerm({ topologyKey, labelSelector: selector, matchLabelKeys }, own, context);
      return { weight: heaviest, pods, avoids: true };
    });
  return [...nodes, ...pods, ...spreads];
}

// The API's selectors in the model's form.
import type { V1LabelSelector, V1NodeSelectorTerm } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { LabelSelector, NodeSelectorTerm, Requirement } from "../model.ts";
import { listOf, textsOf } from "./shapes.ts";

/** A missing selector matches nothing in the API; `undefined` is given back for it. */
export function labelSelector(selector: Json<V1LabelSelector> | undefined): LabelSelector | undefined {
  if (!selector) return undefined;
  return [
    ...Object.entries(textsOf(selector.matchLabels, "matchLabels")).map(([key, value]): Requirement => {
      return { key, operator: "In", values: [value] };
    }),
    ...listOf(selector.matchExpressions, "matchExpressions").map(requirement),
  ];
}

/** Matches no object: a key cannot both exist and not exist. */
export const matchesNothing: LabelSelector = [
  { key: "spot-balancer/none", operator: "Exists", values: [] },
  { key: "spot-balancer/none", operator: "DoesNotExist", values: [] },
];

/** A node's name, as a label beside its own: `kubernetes.io/hostname` may be another one (kubernetes/kubernetes#61410). */
export const nodeName = "metadata.name";

/** Set by every kubelet: `linux`, `windows`. */
export const systemLabel = "kubernetes.io/os";

/** `matchFields` knows only `metadata.name`. */
export function nodeSelectorTerm(term: Json<V1NodeSelectorTerm>): NodeSelectorTerm {
  return [
    ...listOf(term.matchExpressions, "matchExpressions").map(requirement),
    ...listOf(term.matchFields, "matchFields").map((field) => requirement({ ...field, key: nodeName })),
  ];
}

export function requirement(expression: { key: string; operator: string; values?: string[] }): Requirement {
  return {
    key: expression.key,
    operator: expression.operator as Requirement["operator"],
    values: [...listOf(expression.values, "values")],
  };
}

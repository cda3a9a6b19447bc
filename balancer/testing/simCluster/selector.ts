// Label selectors once more, for the judge and the simulated scheduler: none of decide's own code.
import type { LabelSelector, Labels, Requirement } from "../../model.ts";

export const matches = (selector: LabelSelector, labels: Labels): boolean =>
  selector.every((requirement) => isMet(requirement, new Map(Object.entries(labels)).get(requirement.key)));

/** As `metav1.LabelSelectorRequirement` and `NodeSelectorRequirement` say it of one label's value. */
function isMet({ operator, values }: Requirement, value: string | undefined): boolean {
  const [bound] = values;
  if (operator === "NotIn") return value === undefined || !values.includes(value);
  if (operator === "DoesNotExist") return value === undefined;
  if (value === undefined) return false;
  if (operator === "In") return values.includes(value);
  if (operator === "Gt") return Number(value) > Number(bound);
  if (operator === "Lt") return Number(value) < Number(bound);
  return true;
}

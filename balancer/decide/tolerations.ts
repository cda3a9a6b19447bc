// What a placement on spot tolerates.
import type { Toleration } from "../model.ts";
import type { Policy } from "../policy.ts";
import { candidateTaint } from "./nodeView.ts";

/**
 * The cluster autoscaler advises against nodes of little use within ten seconds, and a taint that advises outweighs a
 * preference for spot (`pkg/scheduler/apis/config/v1/default_plugins.go`: TaintToleration 3, NodeAffinity 2): what is
 * moved to an empty node would land on regular, and the node would go. Seen with autoscaler 1.36.1.
 */
const evenIfOfLittleUse: Toleration = { key: candidateTaint, operator: "Exists", effect: "PreferNoSchedule" };

export function spotTolerations({ pools: { spot } }: Policy): Toleration[] {
  return [...(spot.taint ? [{ ...spot.taint, operator: "Equal" as const }] : []), evenIfOfLittleUse];
}

/** As the admission plugin compares (kubernetes/kubernetes, `pkg/util/tolerations`): one of the list means at least as much. */
export function isAllowed(asked: Toleration, list: Toleration[]): boolean {
  return list.some(({ key = "", operator = "Equal", value = "", effect }) => {
    const isOfKey = key === asked.key || (key === "" && operator === "Exists");
    const isOfEffect = !effect || effect === asked.effect;
    const isSame = operator === (asked.operator ?? "Equal") && value === (asked.value ?? "");
    return isOfKey && isOfEffect && (operator === "Exists" || isSame);
  });
}

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

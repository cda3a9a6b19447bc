// What has to be known of the rest of the cluster to read a pod template.
import type { Namespace } from "../model.ts";
import type { Policy } from "../policy.ts";

export interface TemplateContext {
  namespaces: Namespace[];
  priorityClasses: PriorityClass[];
  /** Namespaces where a quota counts the limits of pods; what a LimitRange gives them stands on pods only. */
  limited?: ReadonlySet<string>;
}

/** What has to be known to read a workload. */
export interface WorkloadContext extends TemplateContext {
  /** Tells our placement by its values. */
  policy: Policy;
}

export interface PriorityClass {
  name: string;
  value: number;
  globalDefault: boolean;
}

// What has to be known of the rest of the cluster to read a pod template.
import type { Namespace } from "../model.ts";
import type { Policy } from "../policy.ts";

export interface TemplateContext {
  namespaces: Namespace[];
  priorityClasses: PriorityClass[];
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

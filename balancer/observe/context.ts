// What has to be known of the rest of the cluster to read a pod template.
import type { Namespace } from "../model.ts";

export interface TemplateContext {
  namespaces: Namespace[];
  priorityClasses: PriorityClass[];
}

export interface PriorityClass {
  name: string;
  value: number;
  globalDefault: boolean;
}

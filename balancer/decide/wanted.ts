// Pods that would run on spot and find no room there.
import type { Resources } from "../model.ts";

export interface Wanted {
  /** Of one pod. */
  requests: Resources;
  count: number;
}

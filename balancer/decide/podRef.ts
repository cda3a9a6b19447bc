// A pod as a plan names it.
import type { Pod, PodRef } from "../model.ts";

export function podRef({ namespace, name, uid, resourceVersion, nodeName = "" }: Pod): PodRef {
  return { namespace, name, uid, resourceVersion, nodeName };
}

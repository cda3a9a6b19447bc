// A pod as a plan names it.
import type { Pod, PodRef } from "../model.ts";

export function podRef({ namespace, name, uid, nodeName = "" }: Pod): PodRef {
  return { namespace, name, uid, nodeName };
}

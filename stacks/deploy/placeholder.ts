// What the balancer makes placeholder pods from, and the rights and the rank for it.
import type { Context } from "./context.ts";
import { deployWorkload } from "./workload.ts";

/** Nothing where there is no spot pool. */
export function deployPlaceholders(context: Context): void {
  if (Object.keys(context.policy.pools.spot.nodeLabels).length > 0) deployWorkload(context, "placeholder");
}

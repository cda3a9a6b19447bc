// Whether a stack can be previewed at all: the layers it stands on must stand.
import type { StandingStack } from "../guard.ts";
import { layers, parseStackName, stackName } from "../../stacks/stackName.ts";

/**
 * The layers below a stack that are configured but not deployed; its preview has to wait for them.
 * A layer without configuration is not part of the environment: `deploy` may use a cluster made elsewhere.
 */
export function missingBelow(
  stack: string,
  configured: readonly string[],
  standing: readonly Pick<StandingStack, "stack">[],
): string[] {
  const { layer, env } = parseStackName(stack, configured);
  return layers
    .slice(0, layers.indexOf(layer))
    .map((below) => stackName({ layer: below, env }))
    .filter((below) => configured.includes(below) && !standing.some((other) => other.stack === below));
}

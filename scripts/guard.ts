// Layers stand on one another: what must be gone before a stack may be destroyed. Pulumi itself guards no order.
import { layers, type StackName } from "../stacks/stackName.ts";

/** `base-local` → `{ layer: "base", env: "local" }`; undefined for a name that is none of this project's. */
function split(stack: string): StackName | undefined {
  const [name, ...env] = stack.split("-");
  const layer = layers.find((valid) => valid === name);
  return layer && env.length ? { layer, env: env.join("-") } : undefined;
}

/**
 * The stacks that stand on `stack` and still hold resources, topmost first: the order in which to destroy them.
 * @param deployed names of all stacks that hold resources
 */
export function standingOn(stack: string, deployed: readonly string[]): string[] {
  const own = split(stack);
  if (!own) return [];
  const level = (name: string): number => layers.indexOf(split(name)!.layer);
  return deployed
    .filter((name) => split(name)?.env === own.env && level(name) > layers.indexOf(own.layer))
    .sort((a, b) => level(b) - level(a));
}

/** Throws, naming them, when other stacks still stand on `stack`. */
export function refuseUndermining(stack: string, deployed: readonly string[]): void {
  const above = standingOn(stack, deployed);
  if (!above.length) return;
  throw new Error(
    `${stack} is not destroyed, because ${above.join(" and ")} still ${above.length > 1 ? "stand" : "stands"} on it. ` +
      `Destroy in this order: ${[...above, stack].join(", ")}`,
  );
}

// The names of stacks: `<layer>-<env>`.
import { RunError } from "@pulumi/pulumi";

/** In the order in which they stand on one another. */
export const layers = ["base", "db", "deploy"] as const;
export type Layer = (typeof layers)[number];

export interface StackName {
  layer: Layer;
  /** `dev`, `prod`, `local`, or a name of your own. */
  env: string;
}

export const stackName = ({ layer, env }: StackName): string => `${layer}-${env}`;

/**
 * Splits `base-dev` into layer and environment.
 * @param known names that have a configuration file, for the message
 * @throws RunError that lists the valid names
 */
export function parseStackName(name: string, known: readonly string[] = []): StackName {
  const [, layer, env] = /^([a-z]+)-([a-z][a-z0-9]{0,11})$/.exec(name) ?? [];
  const found = layers.find((valid) => valid === layer);
  if (found !== undefined && env !== undefined) return { layer: found, env };
  const valid = known.length > 0 ? known : layers.map((each) => `${each}-dev`);
  throw new RunError(
    `stack "${name}" is none of this project: expected <layer>-<env> with a layer of ${layers.join(", ")} ` +
      `and an environment of 1 to 12 lower-case letters and digits; configured are ${valid.join(", ")}`,
  );
}

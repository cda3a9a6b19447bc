// The names of stacks: `<layer>-<env>`.
import { readdirSync } from "node:fs";
// Not from the package's root, which takes a second to load: scripts that never run a program import this, too.
import { RunError } from "@pulumi/pulumi/errors.js";

/** In the order in which they stand on one another. */
export const layers = ["base", "db", "deploy"] as const;
export type Layer = (typeof layers)[number];

export interface StackName {
  layer: Layer;
  /** `dev`, `prod`, `local`, or a name of your own. */
  env: string;
}

/** Environments on this machine: `local`, and `localprod` and the like, which production's rules hold for. */
export const isLocal = (env: string): boolean => env.startsWith("local");

/** The same by a stack's name, also of stacks that are not this project's. */
export const isLocalStack = (stack: string): boolean => isLocal(stack.slice(stack.indexOf("-") + 1));

/** What to say when a stack that another one stands on is not there; `detail` tells why it looks so. */
export const notDeployed = (stack: string, detail = ""): string =>
  `${stack} is not deployed yet${detail}: run \`${isLocalStack(stack) ? "npm run local -- up" : "pulumi up -s"} ${stack}\` first`;

export const stackName = ({ layer, env }: StackName): string => `${layer}-${env}`;

/** Stacks that have a configuration file. */
export const configuredStacks = (): string[] =>
  readdirSync(new URL("./config", import.meta.url)).flatMap(
    (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [],
  );

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
    `"${name}" is not a stack of this project: expected <layer>-<env> with a layer of ${layers.join(", ")} ` +
      `and an environment of 1 to 12 lower-case letters and digits; configured are ${valid.join(", ")}`,
  );
}

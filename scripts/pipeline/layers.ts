// Which stacks a change concerns, by the files it touches. Pure.
import { isLocalStack, layers, type Layer } from "../../stacks/stackName.ts";

/** Files that no deployed stack is made of. */
const without = [
  /\.(md|test\.ts)$/,
  /^(LICENSE|\.ci\/|\.github\/|\.editorconfig|\.gitignore|\.prettier|\.mocharc|eslint\.config|tsconfig)/,
  /^scripts\//,
  /^stacks\/record(\.ts$|\/)/, // runs the programs, and is part of none
  /(^|\/)(testdata|testing)\//,
];

/** Everything that the deploy layer ships or reads. */
const deployed = /^(k8s|balancer)\//;

const allLayers: readonly Layer[] = layers;

/** The layers that a file belongs to: none, one, or all for shared code; a file nobody knows is shared. */
export function layersOf(file: string): readonly Layer[] {
  if (without.some((pattern) => pattern.test(file))) return [];
  if (deployed.test(file)) return ["deploy"];
  const [, config, folder] = /^stacks\/(?:config\/(\w+)\.ts$|(\w+)\/)/.exec(file) ?? [];
  const own = layers.filter((layer) => layer === (config ?? folder));
  return own.length > 0 ? own : allLayers;
}

const stackFile = /^stacks\/config\/Pulumi\.(.+)\.yaml$/;

/**
 * @param files paths from the repository's root that a change touches
 * @param configured stacks that have a configuration file
 * @returns the stacks concerned, lower layers first; local stacks never, they are nobody's environment
 */
export function changedStacks(files: readonly string[], configured: readonly string[]): string[] {
  const named = new Set(files.flatMap((file) => stackFile.exec(file)?.[1] ?? []));
  const touched = new Set(files.filter((file) => !stackFile.test(file)).flatMap(layersOf));
  return layers
    .flatMap((layer) => configured.filter((stack) => stack.startsWith(`${layer}-`)).sort())
    .filter((stack) => !isLocalStack(stack))
    .filter(
      (stack) =>
        named.has(stack) || layers.some((layer) => touched.has(layer) && stack.startsWith(`${layer}-`)),
    );
}

// From image, command and args to a program of this machine. Pure.
import { basename } from "node:path";
import type { V1Container } from "@kubernetes/client-node";

/** Image repository (`prom/prometheus`) → path of the local program that plays its entrypoint. */
export type Executables = Readonly<Record<string, string>>;

/** `docker.io/library/node:24@sha256:…` → `node`: registry defaults, tag and digest do not matter here. */
export function imageRepository(image: string): string {
  return image
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "")
    .replace(/^docker\.io\//, "")
    .replace(/^library\//, "");
}

/** A program of this machine with its arguments. */
export interface Program {
  program: string;
  args: string[];
}

const list = (names: string[]): string => (names.length === 0 ? "none" : names.join(", "));

/** Why the image cannot run here, or undefined when it can. */
export function imageProblem(image: string, executables: Executables): string | undefined {
  const repository = imageRepository(image);
  if (executables[repository] !== undefined) return undefined;
  return `image "${image}": no local program plays ${repository}; there are programs for ${list(Object.keys(executables))}`;
}

/**
 * Program and arguments. Without `command` the image's program runs with `args` (leading args that repeat its
 * name are dropped, as image entrypoints do: `args: [node, main.js]`). A command is looked up by its last path
 * component in the table (`/usr/local/bin/node` is the `node` image's program), or is a file in one of the
 * pod's volumes (then it is absolute and lies below one of `volumes`).
 * Throws an Error with a sentence for the pod's status.
 */
export function resolveCommand(
  container: Pick<V1Container, "image">,
  command: readonly string[],
  args: readonly string[],
  executables: Executables,
  volumes: readonly string[],
): Program {
  const repository = imageRepository(container.image ?? "");
  const own = executables[repository];
  const [first, ...rest] = command;
  if (first === undefined) {
    if (own === undefined) throw new Error(imageProblem(container.image ?? "", executables));
    return { program: own, args: args[0] === basename(repository) ? args.slice(1) : [...args] };
  }
  if (volumes.some((folder) => first.startsWith(`${folder}/`)))
    return { program: first, args: [...rest, ...args] };
  const program = Object.entries(executables).find(([name]) => basename(name) === basename(first))?.[1];
  if (program !== undefined) return { program, args: [...rest, ...args] };
  const names = Object.keys(executables).map((name) => basename(name));
  throw new Error(
    `command "${first}" is neither a file in one of the pod's volumes nor one of this machine's programs (${list(names)})`,
  );
}

// `npm run local -- render <stack> --out DIR`: every Kubernetes object that a stack would create, as a YAML file each.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectingPackage, fileNameOf, renderedMark, yamlOf } from "../engine/rendering.ts";
import { exitCode, runLocalStack } from "../engine/session.ts";
import type { Properties } from "../engine/values.ts";

export interface RenderOptions {
  /** Folder for the files; those of an earlier rendering in it are replaced. */
  out: string;
  /** Configuration in place of the stack's own file. */
  configFile?: string | undefined;
}

/**
 * Needs no environment: outputs of stacks that are not deployed become placeholders, and so do secrets.
 * Returns the exit code; nothing is written when the program fails.
 */
export async function render(stack: string, { out, configFile }: RenderOptions): Promise<number> {
  const files = new Map<string, string>();
  const collect = (object: Properties): void => {
    const name = fileNameOf(object);
    if (files.has(name)) throw new Error(`two objects of ${stack} would be written to ${name}`);
    files.set(name, yamlOf(object, stack));
  };
  const result = await runLocalStack(
    {
      ...{ operation: "preview", stack, fromScratch: true },
      ...(configFile !== undefined && { configFile }),
    },
    {
      packages: { kubernetes: collectingPackage(collect) },
      onEvent: (event) => {
        if (event.type === "log" && event.severity === "error") process.stderr.write(`${event.message}\n`);
      },
    },
  );
  if (!result.ok) return exitCode(result);

  mkdirSync(out, { recursive: true });
  for (const file of readdirSync(out).filter((name) => name.endsWith(".yaml"))) {
    const path = join(out, file);
    if (readFileSync(path, "utf8").startsWith(renderedMark)) rmSync(path);
  }
  for (const [name, text] of [...files].sort()) writeFileSync(join(out, name), text);
  process.stdout.write(`${files.size} objects of ${stack} are in ${out}\n`);
  return 0;
}

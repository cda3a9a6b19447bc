// The stacks that have a configuration file.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../local/index.ts";

export const configuredStacks = (): string[] =>
  readdirSync(join(projectRoot, "stacks/config")).flatMap(
    (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [],
  );

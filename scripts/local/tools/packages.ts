// What programs consist of: their packages that are not in Go's cache yet, and how much source each is of all.
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildFlags, goEnv } from "./goModule.ts";
import { goModuleDir } from "./version.ts";

export interface Sizes {
  count: number;
  /** A package's share of all source, 0…1: a fair measure of how long it takes to compile. */
  of(name: string): number | undefined;
}

/** Go's command on the pinned module. */
export const goOptions = { cwd: goModuleDir, env: goEnv };

const template = '{{.ImportPath}}\t{{.StaleReason}}\t{{.Dir}}\t{{join .GoFiles "\\t"}}';

/** Brings their sources, too, where Go does not have them yet. */
export async function packageSizes(go: string, args: string[], signal: AbortSignal): Promise<Sizes> {
  const { stdout } = await promisify(execFile)(
    go,
    ["list", "-deps", ...buildFlags, "-f", template, ...args],
    { ...goOptions, maxBuffer: 2 ** 26, signal },
  );
  const sizes = new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t"))
      // What is in the cache has no reason to be built.
      .filter(([, reason]) => reason !== "")
      .map(([name = "", , folder = "", ...files]) => [
        name,
        files.reduce((sum, file) => sum + sizeOf(folder, file), 0),
      ]),
  );
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return {
    count: sizes.size,
    of: (name) => {
      const size = sizes.get(name);
      return size === undefined ? undefined : size / Math.max(1, all);
    },
  };
}

const sizeOf = (folder: string, file: string): number =>
  statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;

// Makes the folders that the environment writes to, and says what to do when that is not possible.
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { cacheDir, stateDir } from "./environment.ts";
import { explainFileError } from "./tools/fileErrors.ts";

/** @throws Error with what to do, for the first of the two folders that cannot be made */
export function makeFolders(): void {
  for (const [folder, variable] of [
    [stateDir, "SPOT_BALANCER_STATE"],
    [cacheDir, "SPOT_BALANCER_CACHE"],
  ] as const) {
    try {
      makeFolder(folder);
    } catch (error) {
      throw explainFileError(error, folder, `set ${variable} to another folder`);
    }
  }
}

/** Level by level: Node's `recursive` tries for ever where a file system takes no folders (below `/proc`). */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

// A file or folder that several processes share, and whoever needs it first makes.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";

/** @param make gets another name, so that nothing half made counts. @returns `path` */
export async function madeOnce(path: string, make: (draft: string) => unknown): Promise<string> {
  if (existsSync(path)) return path;
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    await make(draft);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(path)) throw error; // else somebody was faster
  }
  return path;
}

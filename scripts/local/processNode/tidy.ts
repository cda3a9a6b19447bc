// What stays of pods that are gone: their logs, of the newest ones only.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Folders of ended pods that are kept, newest first. */
const keptLogFolders = 50;

const podFolder = /^[^_]+_[^_]+_([0-9a-f-]{36})$/;

/** Removes everything but the logs of pods that are not in `present` (uids), and their oldest logs. */
export async function tidy(
  rootDir: string,
  present: ReadonlySet<string>,
  keep = keptLogFolders,
): Promise<void> {
  const ended: { folder: string; changed: number }[] = [];
  for (const name of await readdir(rootDir).catch(() => [])) {
    const uid = podFolder.exec(name)?.[1];
    if (uid === undefined || present.has(uid)) continue;
    const folder = join(rootDir, name);
    const { mtimeMs } = await stat(folder); // taken before: removing something makes a folder new
    for (const entry of await readdir(folder))
      if (!entry.endsWith(".log")) await rm(join(folder, entry), { recursive: true, force: true });
    ended.push({ folder, changed: mtimeMs });
  }
  ended.sort((a, b) => b.changed - a.changed);
  for (const { folder } of ended.slice(keep)) await rm(folder, { recursive: true, force: true });
}

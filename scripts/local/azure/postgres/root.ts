// The folder of an environment's databases: outside of its state folder, which the database's user may not enter.
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Survives a restart of the machine, as the environment's state does. */
const parent = "/var/tmp";
const prefix = "spot-balancer-data-";
/** Names the state folder, so that data whose environment was removed by hand can be told, and goes, too. */
const ownerFile = "state-folder";

export const databaseRoot = (stateDir: string): string =>
  join(parent, prefix + createHash("sha256").update(stateDir).digest("hex").slice(0, 16));

/** Makes the folder: others may pass through to what is theirs, but not look into it. */
export function makeRoot(root: string, stateDir: string): void {
  mkdirSync(root, { recursive: true });
  if (!isOurs(root)) throw new Error(`${root} belongs to another user: remove it, then repeat`);
  chmodSync(root, 0o711);
  writeFileSync(join(root, ownerFile), stateDir, { mode: 0o600 });
}

/** Removes the folder unless a server is left in it. */
export function removeRootIfEmpty(root: string): void {
  if (existsSync(root) && readdirSync(root).every((name) => name === ownerFile))
    rmSync(root, { recursive: true });
}

/** Removes the data of environments of ours whose state folder is gone. */
export function removeOrphans(folder = parent): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const root = join(folder, name);
    if (!name.startsWith(prefix) || !isOurs(root) || !existsSync(join(root, ownerFile))) continue;
    if (!existsSync(readFileSync(join(root, ownerFile), "utf8")))
      rmSync(root, { recursive: true, force: true });
  }
}

const isOurs = (path: string): boolean => {
  const { uid } = lstatSync(path);
  return lstatSync(path).isDirectory() && uid === process.getuid?.();
};

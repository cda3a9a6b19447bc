// Where a pod's volumes lie on this machine, and the writing of their files.
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import type { VolumeFile } from "./volumeFiles.ts";

/** Folder of one pod: its logs, and `volumes/` below. */
export const podDirectory = (rootDir: string, pod: V1Pod): string =>
  join(rootDir, `${pod.metadata?.namespace}_${pod.metadata?.name}_${pod.metadata?.uid}`);

/**
 * Folder of each volume by its name. A claim outlives its pods, a hostPath is this machine's own; every other volume
 * lies in the pod's folder.
 */
export function volumeDirectories(rootDir: string, pod: V1Pod): Map<string, string> {
  return new Map(
    (pod.spec?.volumes ?? []).map((volume) => [
      volume.name,
      volume.hostPath?.path ?? ownDirectory(rootDir, pod, volume),
    ]),
  );
}

const ownDirectory = (
  rootDir: string,
  pod: V1Pod,
  { name, persistentVolumeClaim: claim }: V1Volume,
): string =>
  claim
    ? join(rootDir, "claims", `${pod.metadata?.namespace}_${claim.claimName}`)
    : join(podDirectory(rootDir, pod), "volumes", name);

/** Mount path → local place, for all containers of the pod (support.ts refuses pods whose containers disagree). */
export function mountPlaces(pod: V1Pod, directories: ReadonlyMap<string, string>): Map<string, string> {
  const places = new Map<string, string>();
  for (const container of pod.spec?.containers ?? [])
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const directory = directories.get(name);
      if (directory !== undefined) places.set(mountPath.replace(/(?<=.)\/+$/, ""), directory);
    }
  return places;
}

/**
 * Makes the folder hold exactly these files. Each file is replaced at once (rename), so a reader sees the old
 * content or the new one; unchanged files are not touched.
 */
export async function writeFiles(directory: string, files: readonly VolumeFile[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  const wanted = new Set(files.map(({ path }) => join(path)));
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !wanted.has(relative(directory, path))) await rm(path, { force: true });
  }
  for (const { path, content, mode } of files) {
    const target = join(directory, path);
    const present = await readFile(target).catch(() => undefined);
    if (present?.equals(content)) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.new`, content, { mode });
    await chmod(`${target}.new`, mode);
    await rename(`${target}.new`, target);
  }
}

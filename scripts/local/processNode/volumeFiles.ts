// The files of a pod's volumes, from the manifest and what it refers to. Pure: writing them is volumes.ts' job.
import type { V1DownwardAPIVolumeFile, V1KeyToPath, V1Pod, V1Volume } from "@kubernetes/client-node";
import { podField, type PodFacts } from "./podFields.ts";
import { tokenKey, type Sources } from "./sources.ts";

export interface VolumeFile {
  /** Relative to the volume's folder. */
  path: string;
  content: Buffer;
  /** Permission bits. */
  mode: number;
}

export interface VolumeFilesResult {
  files: VolumeFile[];
  /** What is missing; the pod must not start unless this is empty. */
  problems: string[];
}

const defaultMode = 0o644;

/**
 * Files of a ConfigMap, Secret or projected volume; none for the other kinds. `translateText` is
 * applied to a ConfigMap's `data`, which is text; `binaryData`, Secrets, tokens and fields stay as they are.
 */
export function volumeFiles(
  pod: V1Pod,
  volume: V1Volume,
  sources: Sources,
  facts: PodFacts,
  translateText: (text: string) => string,
): VolumeFilesResult {
  const files: VolumeFile[] = [];
  const problems: string[] = [];

  const keyed = (
    what: string,
    contents: Map<string, Buffer> | undefined,
    { items, optional }: { items?: V1KeyToPath[]; optional?: boolean },
    mode: number,
  ) => {
    if (contents === undefined && !optional) problems.push(`volume ${volume.name}: ${what} not found`);
    if (contents === undefined) return;
    const chosen = items ?? [...contents.keys()].map((key): V1KeyToPath => ({ key, path: key }));
    for (const item of chosen) {
      const content = contents.get(item.key);
      if (content !== undefined) files.push({ path: item.path, content, mode: item.mode ?? mode });
      else if (!optional) problems.push(`volume ${volume.name}: no key "${item.key}" in ${what}`);
    }
  };
  const configMap = (name: string | undefined) => {
    const found = sources.configMaps.get(name ?? "");
    return (
      found &&
      new Map([
        ...Object.entries(found.data ?? {}).map(
          ([key, text]) => [key, Buffer.from(translateText(text))] as const,
        ),
        ...Object.entries(found.binaryData ?? {}).map(
          ([key, data]) => [key, Buffer.from(data, "base64")] as const,
        ),
      ])
    );
  };
  const secret = (name: string | undefined) => {
    const found = sources.secrets.get(name ?? "");
    return (
      found &&
      new Map(Object.entries(found.data ?? {}).map(([key, data]) => [key, Buffer.from(data, "base64")]))
    );
  };
  const fields = (items: V1DownwardAPIVolumeFile[] | undefined, mode: number) => {
    for (const { path, fieldRef, mode: own } of items ?? []) {
      const value = fieldRef && podField(pod, fieldRef.fieldPath, facts);
      if (value === undefined) problems.push(`volume ${volume.name}: the field of ${path} is not supported`);
      else files.push({ path, content: Buffer.from(value), mode: own ?? mode });
    }
  };

  if (volume.configMap) {
    const { name, defaultMode: mode = defaultMode } = volume.configMap;
    keyed(`ConfigMap "${name}"`, configMap(name), volume.configMap, mode);
  }
  if (volume.secret) {
    const { secretName, defaultMode: mode = defaultMode } = volume.secret;
    keyed(`Secret "${secretName}"`, secret(secretName), volume.secret, mode);
  }
  const mode = volume.projected?.defaultMode ?? defaultMode;
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap)
      keyed(`ConfigMap "${source.configMap.name}"`, configMap(source.configMap.name), source.configMap, mode);
    if (source.secret)
      keyed(`Secret "${source.secret.name}"`, secret(source.secret.name), source.secret, mode);
    if (source.downwardAPI) fields(source.downwardAPI.items, mode);
    if (source.serviceAccountToken) {
      const token = sources.tokens.get(tokenKey(source.serviceAccountToken));
      if (token === undefined) problems.push(`volume ${volume.name}: no ServiceAccount token`);
      // Only the owner reads a token, as the kubelet has it without fsGroup.
      else files.push({ path: source.serviceAccountToken.path, content: Buffer.from(token), mode: 0o600 });
    }
  }
  return { files, problems };
}

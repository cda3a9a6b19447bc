// ConfigMaps named after their content: a change makes a new name, and so rolls what mounts it. They never change.
import { createHash } from "node:crypto";
import type { Manifest } from "./manifests.ts";

/** Most that Kubernetes stores in one ConfigMap: https://kubernetes.io/docs/concepts/configuration/configmap */
const limitBytes = 1024 * 1024;

export interface Content {
  /** File name → text. */
  data?: Record<string, string>;
  /** File name → bytes. */
  binaryData?: Record<string, Buffer>;
  /** What the name is made from, when it is not `data` and `binaryData` themselves. */
  identity?: string;
}

export function contentNamedConfigMap(
  base: { name: string; namespace: string; labels: Record<string, string> },
  { data = {}, binaryData = {}, identity }: Content,
): Manifest {
  const encoded = Object.fromEntries(
    Object.entries(binaryData).map(([file, bytes]) => [file, bytes.toString("base64")]),
  );
  const size = [...Object.values(data), ...Object.values(encoded)].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    0,
  );
  if (size > limitBytes) {
    throw new Error(
      `ConfigMap ${base.name} would have ${Math.ceil(size / 1024)} KiB, and Kubernetes takes 1024 KiB at most: ` +
        "make its files smaller, or ship them in an image",
    );
  }
  const hash = createHash("sha256")
    .update(identity ?? JSON.stringify([data, encoded]))
    .digest("hex")
    .slice(0, 10);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...base, name: `${base.name}-${hash}` },
    immutable: true,
    ...(Object.keys(data).length > 0 && { data }),
    ...(Object.keys(encoded).length > 0 && { binaryData: encoded }),
  };
}

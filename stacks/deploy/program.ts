// Our programs as ConfigMaps, which pods mount as their volume "program".
import type { Bundle } from "./bundle.ts";
import { bundle } from "./bundle.ts";
import { readFileSync } from "node:fs";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Manifest } from "./manifests.ts";

/** By entry: a program stays as it is while this one runs, which tests do often. */
const bundles = new Map<string, Promise<Bundle>>();

/**
 * The program and what unpacks it: `node --import=<mount>/unpack.mjs /tmp/main.mjs`.
 * @param entry path of its TypeScript file
 */
export async function programConfigMap(
  identity: { name: string; namespace: string; labels: Record<string, string> },
  entry: string,
): Promise<Manifest> {
  const made = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, made);
  const { gzip, sha256 } = await made;
  const unpack = readFileSync(new URL("unpack.js", import.meta.url), "utf8");
  return contentNamedConfigMap(identity, {
    data: { "unpack.mjs": unpack },
    binaryData: { "main.mjs.gz": gzip },
    identity: sha256 + unpack, // compressed bytes differ between machines
  });
}

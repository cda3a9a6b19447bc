// The balancer in another namespace than the one of its manifests: every field and text that names it.
import type { Manifest } from "../manifests.ts";
import { mapTexts } from "./mapTexts.ts";
import { own } from "./own.ts";

/** Texts in which the namespace stands between others: a flag, and the name of a ServiceAccount as a user. */
const mentions = [`--namespace=${own.namespace}`, `system:serviceaccount:${own.namespace}:spot-balancer`];

export function inNamespace(manifest: Manifest, namespace: string): Manifest {
  if (namespace === own.namespace) return manifest;
  const moved = (text: string, key: string | undefined): string => {
    if (key === "namespace" && text === own.namespace) return namespace;
    return mentions.reduce(
      (changed, mention) => changed.replaceAll(mention, mention.replace(own.namespace, namespace)),
      text,
    );
  };
  return mapTexts(manifest, moved);
}

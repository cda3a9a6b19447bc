// Objects as they come, change and go: list, then watch, from the start again after any break.
import { setTimeout as delay } from "node:timers/promises";
import type { V1ListMeta, V1Pod } from "@kubernetes/client-node";
import type { Api } from "./api.ts";

export interface Listener<T> {
  /** Everything there is; what is not in it is gone. */
  listed(objects: T[]): void;
  changed(object: T): void;
  gone(object: T): void;
}

/** Path of the list of all pods bound to the node. */
export const podsOfNode = (nodeName: string): string =>
  `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${nodeName}`)}`;

/** Follows the pods bound to one node. */
export const followPods = (
  api: Api,
  nodeName: string,
  listener: Listener<V1Pod>,
  signal: AbortSignal,
  log: (line: string) => void,
  retryMs?: number,
): Promise<void> =>
  follow(api, podsOfNode(nodeName), listener, signal, (line) => log(`watch of pods: ${line}`), retryMs);

/** Follows the list at `path` until the signal aborts; resolves then. `listed` comes first. */
export async function follow<T>(
  api: Api,
  path: string,
  listener: Listener<T>,
  signal: AbortSignal,
  log: (line: string) => void,
  retryMs = 1000,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const list = await api.request<{ items: T[]; metadata?: V1ListMeta }>("GET", path);
      listener.listed(list.items);
      const version = list.metadata?.resourceVersion ?? "";
      // The server ends the watch after this many seconds; the list that follows is also a second look.
      const watch = `${path}${path.includes("?") ? "&" : "?"}watch=true&resourceVersion=${version}&timeoutSeconds=300`;
      for await (const { type, object } of api.watch<T>(watch, signal)) {
        if (type === "ERROR") break;
        if (type === "DELETED") listener.gone(object);
        else if (type !== "BOOKMARK") listener.changed(object);
      }
    } catch (error) {
      if (!signal.aborted) log((error as Error).message);
    }
    if (!signal.aborted) await delay(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

// The pods bound to one node, as they come, change and go: list, then watch, from the start again after any
// break.
import { setTimeout as delay } from "node:timers/promises";
import type { V1Pod, V1PodList } from "@kubernetes/client-node";
import type { Api } from "./api.ts";

export interface PodListener {
  /** Everything there is; what is not in it is gone. */
  listed(pods: V1Pod[]): void;
  changed(pod: V1Pod): void;
  gone(pod: V1Pod): void;
}

/** Path of the list of all pods bound to the node. */
export const podsOfNode = (nodeName: string): string =>
  `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${nodeName}`)}`;

/** Follows until the signal aborts; resolves then. `listed` comes first. */
export async function followPods(
  api: Api,
  nodeName: string,
  listener: PodListener,
  signal: AbortSignal,
  log: (line: string) => void,
  retryMs = 1000,
): Promise<void> {
  const path = podsOfNode(nodeName);
  while (!signal.aborted) {
    try {
      const list = await api.request<V1PodList>("GET", path);
      listener.listed(list.items);
      const version = list.metadata?.resourceVersion ?? "";
      // The server ends the watch after this many seconds; the list that follows is also a second look.
      const watch = `${path}&watch=true&resourceVersion=${version}&timeoutSeconds=300`;
      for await (const { type, object } of api.watch<V1Pod>(watch, signal)) {
        if (type === "ERROR") break;
        if (type === "DELETED") listener.gone(object);
        else if (type !== "BOOKMARK") listener.changed(object);
      }
    } catch (error) {
      if (!signal.aborted) log(`watch of pods: ${(error as Error).message}`);
    }
    if (!signal.aborted) await delay(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

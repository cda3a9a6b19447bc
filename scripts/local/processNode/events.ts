// Kubernetes Events about pods, as a kubelet reports them; the same message again counts up.
import { randomBytes } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import type { Api } from "./api.ts";

export type EventSink = (pod: V1Pod, type: "Normal" | "Warning", reason: string, message: string) => void;

/** Events are told to the API server in the background; one that cannot be told is only logged. */
export function eventSink(api: Api, nodeName: string, log: (line: string) => void): EventSink {
  const known = new Map<string, { name: string; count: number }>();

  const send = async (pod: V1Pod, type: string, reason: string, message: string): Promise<void> => {
    const { namespace, name, uid } = pod.metadata ?? {};
    const path = `/api/v1/namespaces/${namespace}/events`;
    const key = JSON.stringify([uid, reason, message]);
    const now = new Date().toISOString();
    const before = known.get(key);
    if (before !== undefined) {
      before.count += 1;
      await api.request("PATCH", `${path}/${before.name}`, { count: before.count, lastTimestamp: now });
      return;
    }
    if (known.size > 1000) known.clear(); // repeats are counted anew from here: no memory without bound
    const event = { name: `${name}.${randomBytes(8).toString("hex")}`, count: 1 };
    known.set(key, event);
    await api.request("POST", path, {
      metadata: { name: event.name, namespace },
      involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
      type,
      reason,
      message: message.slice(0, 1024), // the API's limit
      source: { component: "process-node", host: nodeName },
      firstTimestamp: now,
      lastTimestamp: now,
      count: event.count,
    });
  };

  return (pod, type, reason, message) => {
    send(pod, type, reason, message).catch((error: unknown) =>
      log(`event ${reason} of ${pod.metadata?.namespace}/${pod.metadata?.name}: ${(error as Error).message}`),
    );
  };
}

// One Kubernetes Event on a workload, as events.k8s.io/v1 wants it.
import { createHash } from "node:crypto";
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { microTime } from "../kube/json.ts";
import type { Evidence, WorkloadRef } from "../model.ts";
import { printableLine } from "../printable.ts";
import { fieldManager } from "../state.ts";

export interface EventContent {
  workload: WorkloadRef;
  /** So that `kubectl describe` finds it. */
  uid: string;
  /** What was done: `MoveToSpot`, `MoveToRegular`, `Evict`, `Refuse`. */
  action: string;
  reason: string;
  type: "Normal" | "Warning";
  note: string;
}

export interface EventSource {
  client: KubeClient;
  /** Who reports: the name of the pod, or of the laptop. */
  instance: string;
  now: number;
}

/** A new Event, also when the same was told before. `index` tells those of one round apart. */
export async function createEvent(content: EventContent, source: EventSource, index: number): Promise<void> {
  await post(content, source, `${source.now.toString(36)}-${index}`);
}

/** Continues the series of an Event with the same workload, action and reason, or begins one. */
export async function repeatEvent(content: EventContent, source: EventSource, count: number): Promise<void> {
  const { action, reason, workload } = content;
  const suffix = createHash("sha256")
    .update([workload.kind, action, reason].join())
    .digest("hex")
    .slice(0, 10);
  try {
    await post(content, source, suffix);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
    await source.client.send({
      method: "PATCH",
      path: `${folder(workload)}/${eventName(workload, suffix)}`,
      contentType: "application/merge-patch+json",
      // Nothing else of an Event may change: its note stays that of the first time.
      body: { series: { count: Math.max(2, count), lastObservedTime: microTime(source.now) } },
    });
  }
}

/** For people: `cpuUtilization 0.021, enterThreshold 0.1`. */
export function evidenceText(evidence: Evidence): string {
  return Object.entries(evidence)
    .map(([key, value]) => `${key} ${typeof value === "number" ? Number(value.toPrecision(3)) : value}`)
    .join(", ");
}

/** The API refuses longer ones. */
const maxNote = 1024;

async function post(
  content: EventContent,
  { client, instance, now }: EventSource,
  suffix: string,
): Promise<void> {
  const { workload, uid, action, reason, type, note } = content;
  const { kind, namespace, name } = workload;
  await client.send({
    method: "POST",
    path: folder(workload),
    query: { fieldManager },
    body: {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace, name: eventName(workload, suffix) },
      eventTime: microTime(now),
      reportingController: fieldManager,
      reportingInstance: instance.slice(0, 128),
      ...{ action, reason, type, note: printableLine(note).slice(0, maxNote) },
      regarding: { apiVersion: "apps/v1", kind, namespace, name, uid },
    },
  });
}

const folder = ({ namespace }: WorkloadRef) => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;

/** At most 253 characters, as for any object. */
const eventName = ({ name }: WorkloadRef, suffix: string) => `${name.slice(0, 200)}.${suffix}`;

// Placeholders of ours go before a move that takes their room.
import { setTimeout as delay } from "node:timers/promises";
import { unlessStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { PodRef } from "../model.ts";
import { type Answer, changed, failed } from "./answers.ts";
import { evictPods } from "./evict.ts";

/** A pod that ends by itself in no time, and is given none (`terminationGracePeriodSeconds: 0`). */
const patienceMs = 5000;
const pollMs = 100;

/** Evicts them, and waits until they are gone. @returns why the room is not free; undefined: it is */
export async function clearRoom(client: KubeClient, pods: PodRef[]): Promise<Answer | undefined> {
  for (const pod of pods) {
    const answer = await evictPods(client, [pod]);
    // One that is not there any more is in nobody's way.
    if (answer.result !== "Done" && answer.reason !== "Changed") return answer;
  }
  try {
    for (const pod of pods) {
      if (!(await isGone(client, pod))) return changed(`placeholder ${pod.name} is still on ${pod.nodeName}`);
    }
  } catch (error) {
    return failed(error);
  }
  return undefined;
}

async function isGone(client: KubeClient, { namespace, name, uid }: PodRef): Promise<boolean> {
  const until = client.now() + patienceMs;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  for (;;) {
    const live = await unlessStatus(client.send<{ metadata: { uid: string } }>({ path }), 404);
    if (live?.metadata.uid !== uid) return true;
    if (client.now() >= until) return false;
    await delay(pollMs);
  }
}

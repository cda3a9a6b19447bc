// Evicts single pods through the Eviction API, which keeps disruption budgets; nothing else ever deletes a pod.
import { isNotNow, isStatus, isTerminating } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { PodRef } from "../model.ts";
import { type Answer, changed, done, failed, skipped } from "./answers.ts";

interface LivePod {
  metadata: { uid: string; resourceVersion: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
}

/**
 * What is said of one pod alone: it is gone (kubernetes/kubectl#28), or somebody's webhook keeps it. The others are evicted
 * all the same, as `kubectl drain` does (kubernetes/kubernetes#64896).
 */
const concernsOnePod = ["Changed", "Rejected"];

/** In the given order, until one is refused for all: what a budget refuses now, it refuses for the next pod as well. */
export async function evictPods(client: KubeClient, pods: PodRef[]): Promise<Answer> {
  let evicted = 0;
  let trouble: Answer | undefined;
  for (const pod of pods) {
    const answer = await evictPod(client, pod);
    if (answer.result === "Done") evicted++;
    else if (trouble === undefined || trouble.reason === "Changed") trouble = answer;
    if (answer.result !== "Done" && !concernsOnePod.includes(answer.reason)) break;
  }
  if (!trouble) return done("Evicted", `${evicted} ${evicted === 1 ? "pod" : "pods"} evicted`);
  if (evicted === 0) return trouble;
  return done("PartlyEvicted", `${evicted} of ${pods.length} pods evicted, but: ${trouble.message}`);
}

async function evictPod(client: KubeClient, { namespace, name, uid, nodeName }: PodRef): Promise<Answer> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  try {
    const live = await client.send<LivePod>({ path });
    const { resourceVersion } = live.metadata;
    if (live.metadata.uid !== uid) return changed(`pod ${name} was replaced`);
    if (live.metadata.deletionTimestamp) return changed(`pod ${name} is being deleted`);
    if (live.spec.nodeName !== nodeName) return changed(`pod ${name} is not on ${nodeName} any more`);
    await client.send({
      method: "POST",
      path: `${path}/eviction`,
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { namespace, name },
        deleteOptions: { preconditions: { uid, resourceVersion } },
      },
    });
    return done("Evicted", `pod ${name} evicted`);
  } catch (error) {
    if (isStatus(error, 404)) return changed(`pod ${name} is gone`);
    if (isStatus(error, 409)) return changed(error.message);
    if (isTerminating(error)) return changed(error.said);
    if (isNotNow(error)) return skipped("DisruptionBudget", error.message);
    return failed(error);
  }
}

// Why something is not ready: what its conditions, its pods and the cluster's warnings say.
import type { Properties } from "../../values.ts";
import type { KubeApi } from "./api.ts";
import { isObject } from "../../values.ts";
import { describe, identityOf, listAt, numberAt, textAt, valueAt } from "./objects.ts";
import { conditionOf } from "./readiness.ts";

const mostReasons = 8;

/** Reads the object's pods and warnings, and returns at most a handful of sentences, the most telling first. */
export async function explain(api: KubeApi, object: Properties): Promise<string[]> {
  const { namespace, kind } = identityOf(object);
  const conditions = conditionReasons(object);
  if (!namespace) return conditions;
  const root = `/api/v1/namespaces/${namespace}`;
  const list = async (path: string): Promise<Properties[]> => {
    try {
      return listAt(await api.request("GET", path), "items");
    } catch {
      return []; // an explanation is worth no second failure
    }
  };
  const selector = kind === "Pod" ? undefined : selectorOf(object);
  const pods =
    kind === "Pod"
      ? [object]
      : selector
        ? await list(`${root}/pods?labelSelector=${encodeURIComponent(selector)}`)
        : [];
  const uids = new Set([object, ...pods].map((one) => textAt(one, "metadata", "uid")));
  const events = await list(`${root}/events?fieldSelector=${encodeURIComponent("type=Warning")}`);
  const reasons = [...conditions, ...pods.flatMap(podReasons)];
  const warnings = events
    .filter((event) => uids.has(textAt(event, "involvedObject", "uid")))
    .filter((event) => !reasons.some((reason) => reason.includes(textAt(event, "message") ?? "")))
    .map((event) => {
      const about = `${textAt(event, "involvedObject", "kind")} ${textAt(event, "involvedObject", "name")}`;
      return `${about}: ${textAt(event, "reason")}: ${textAt(event, "message")}`;
    });
  return [...new Set([...reasons, ...warnings.reverse()])].slice(0, mostReasons);
}

function selectorOf(object: Properties): string | undefined {
  const labels = valueAt(object, "spec", "selector", "matchLabels");
  if (!isObject(labels)) return undefined;
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`)
    .join(",");
}

/** Conditions that report trouble: a quota that forbids pods, a rollout that makes no progress. */
function conditionReasons(object: Properties): string[] {
  const troubled = (type: string, status: string): string[] => {
    const condition = conditionOf(object, type);
    const message = textAt(condition, "message");
    return condition?.["status"] === status && message ? [message] : [];
  };
  return [
    ...troubled("ReplicaFailure", "True"),
    ...troubled("Progressing", "False"),
    ...troubled("FailureTarget", "True"),
  ];
}

/** What a pod says of itself: not scheduled, image missing, crashing, or just not ready. */
export function podReasons(pod: Properties): string[] {
  const name = describe({ ...identityOf(pod), kind: "Pod" }); // items of a list carry no kind
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.["status"] === "False")
    return [`${name}: ${textAt(scheduled, "reason")}: ${textAt(scheduled, "message")}`];
  const statuses = [
    ...listAt(pod, "status", "initContainerStatuses"),
    ...listAt(pod, "status", "containerStatuses"),
  ];
  const reasons = statuses.flatMap((status) => {
    const container = `${name}, container ${textAt(status, "name")}`;
    const wait = valueAt(status, "state", "waiting");
    const ended = valueAt(status, "lastState", "terminated") ?? valueAt(status, "state", "terminated");
    const exit = numberAt(ended, "exitCode");
    const last = exit
      ? `exit code ${exit}${textAt(ended, "message") ? `: ${textAt(ended, "message")}` : ""}`
      : "";
    const reason = textAt(wait, "reason");
    if (reason && reason !== "ContainerCreating" && reason !== "PodInitializing") {
      const message = textAt(wait, "message");
      return [[`${container}: ${reason}`, message, last].filter(Boolean).join(": ")];
    }
    if (last) return [`${container}: ${textAt(ended, "reason") ?? "ended"}: ${last}`];
    return status["ready"] === false && valueAt(status, "state", "running") !== undefined
      ? [`${container}: runs, but is not ready (its readiness probe fails)`]
      : [];
  });
  const message = textAt(pod, "status", "message");
  return reasons.length || !message ? reasons : [`${name}: ${message}`];
}

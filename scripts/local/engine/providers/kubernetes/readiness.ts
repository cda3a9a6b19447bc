// When an object counts as ready, by kind, from the object alone.
import type { Properties } from "../../values.ts";
import { annotationOf, listAt, numberAt, textAt, valueAt } from "./objects.ts";

export type Readiness =
  | { state: "ready" }
  /** What is still missing, in words. */
  | { state: "waiting"; why: string }
  /** It will not become ready by waiting. */
  | { state: "failed"; why: string };

const ready: Readiness = { state: "ready" };
const waiting = (why: string): Readiness => ({ state: "waiting", why });
const failed = (why: string): Readiness => ({ state: "failed", why });

export const conditionOf = (object: Properties, type: string): Properties | undefined =>
  listAt(object, "status", "conditions").find((condition) => condition["type"] === type);

const isTrue = (object: Properties, type: string): boolean =>
  conditionOf(object, type)?.["status"] === "True";

const messageOf = (object: Properties, type: string): string => {
  const condition = conditionOf(object, type);
  return textAt(condition, "message") ?? textAt(condition, "reason") ?? type;
};

/** The controller has seen the newest version of the object. */
const isObserved = (object: Properties): boolean =>
  (numberAt(object, "status", "observedGeneration") ?? 0) >=
  (numberAt(object, "metadata", "generation") ?? 0);

const notObserved = waiting("its controller has not seen the change yet");

const checks: Record<string, (object: Properties) => Readiness> = {
  "apps/v1/Deployment": (object) => {
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const status = (key: string): number => numberAt(object, "status", key) ?? 0;
    if (valueAt(object, "spec", "paused") === true) return ready;
    if (!isObserved(object)) return notObserved;
    if (textAt(conditionOf(object, "Progressing"), "reason") === "ProgressDeadlineExceeded") {
      return failed(messageOf(object, "Progressing"));
    }
    if (status("updatedReplicas") < wanted)
      return waiting(`${status("updatedReplicas")} of ${wanted} replicas are new`);
    if (status("replicas") > status("updatedReplicas")) {
      return waiting(`${status("replicas") - status("updatedReplicas")} old replicas are still there`);
    }
    return status("availableReplicas") < wanted
      ? waiting(`${status("availableReplicas")} of ${wanted} replicas are available`)
      : ready;
  },
  "apps/v1/DaemonSet": (object) => {
    const status = (key: string): number => numberAt(object, "status", key) ?? 0;
    if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") return ready;
    if (!isObserved(object)) return notObserved;
    const wanted = status("desiredNumberScheduled");
    if (status("updatedNumberScheduled") < wanted)
      return waiting(`${status("updatedNumberScheduled")} of ${wanted} pods are new`);
    return status("numberAvailable") < wanted
      ? waiting(`${status("numberAvailable")} of ${wanted} pods are available`)
      : ready;
  },
  "batch/v1/Job": (object) => {
    if (valueAt(object, "spec", "suspend") === true || isTrue(object, "Complete")) return ready;
    if (isTrue(object, "Failed")) return failed(messageOf(object, "Failed"));
    const wanted = numberAt(object, "spec", "completions") ?? 1;
    return waiting(`${numberAt(object, "status", "succeeded") ?? 0} of ${wanted} pods have completed`);
  },
  // Only a public address is waited for: pods of the process node can never be in the endpoints of a Service.
  "v1/Service": (object) =>
    valueAt(object, "spec", "type") !== "LoadBalancer" ||
    listAt(object, "status", "loadBalancer", "ingress").length > 0
      ? ready
      : waiting("no load balancer has given it an address yet"),
  "v1/Namespace": (object) => {
    const phase = textAt(object, "status", "phase");
    return phase === "Active" ? ready : waiting(`it is ${phase ?? "without a phase"}`);
  },
  "apiextensions.k8s.io/v1/CustomResourceDefinition": (object) => {
    if (conditionOf(object, "NamesAccepted")?.["status"] === "False")
      return failed(messageOf(object, "NamesAccepted"));
    return isTrue(object, "Established") ? ready : waiting("it is not established yet");
  },
};

/** Kinds without a check (config, autoscalers, roles, custom objects) are ready once they exist. */
export function readinessOf(object: Properties): Readiness {
  if (annotationOf(object, "pulumi.com/skipAwait") === "true") return ready;
  const check = checks[`${textAt(object, "apiVersion")}/${textAt(object, "kind")}`];
  return check ? check(object) : ready;
}

/** Seconds that the object asks to be waited for, or undefined. */
export function timeoutOf(object: Properties): number | undefined {
  const seconds = Number(annotationOf(object, "pulumi.com/timeoutSeconds"));
  return seconds > 0 ? seconds : undefined;
}

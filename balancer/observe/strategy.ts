// How many pods a rollout may take away or add at once: `maxSurge` and `maxUnavailable`, resolved as Kubernetes does.
import type { IntOrString } from "@kubernetes/client-node";
import type { UpdateStrategy } from "../model.ts";

export function deploymentUpdate(
  type: string | undefined,
  rolling: { maxSurge?: IntOrString; maxUnavailable?: IntOrString } | undefined,
  replicas: number,
): UpdateStrategy {
  if (type === "Recreate") return { type, maxSurge: 0, maxUnavailable: replicas };
  const maxSurge = inPods(rolling?.maxSurge ?? "25%", replicas, Math.ceil);
  const maxUnavailable = inPods(rolling?.maxUnavailable ?? "25%", replicas, Math.floor);
  // The Deployment controller does not accept that neither is possible, and then takes one pod away.
  return {
    type: "RollingUpdate",
    maxSurge,
    maxUnavailable: maxSurge + maxUnavailable === 0 ? 1 : maxUnavailable,
  };
}

export function statefulSetUpdate(
  type: string | undefined,
  maxUnavailable: IntOrString | undefined,
  replicas: number,
): UpdateStrategy {
  return {
    type: type === "OnDelete" ? "OnDelete" : "RollingUpdate",
    maxSurge: 0,
    maxUnavailable: Math.max(1, inPods(maxUnavailable ?? 1, replicas, Math.floor)),
  };
}

/** @throws Error when it is neither a number nor a percentage */
export function inPods(value: IntOrString, replicas: number, round: (value: number) => number): number {
  const pods = typeof value === "number" ? value : round((Number.parseFloat(value) / 100) * replicas);
  if (Number.isFinite(pods) && pods >= 0) return pods;
  throw new Error(`expected a number or a percentage of pods, got ${JSON.stringify(value)}`);
}

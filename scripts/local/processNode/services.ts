// The pods behind a Service. Pure.
import type { V1Pod, V1Service } from "@kubernetes/client-node";

/** A pod of this node that may stand behind a Service. */
export interface ServingPod {
  pod: V1Pod;
  podIP: string;
  ready: boolean;
}

/** Addresses of the ready pods behind the Service's port; an unknown port is taken as the pods' own. */
export function serviceEndpoints(
  service: V1Service,
  port: number,
  pods: Iterable<ServingPod>,
): { host: string; port: number }[] {
  const selector = Object.entries(service.spec?.selector ?? {});
  const target = service.spec?.ports?.find((one) => one.port === port)?.targetPort ?? port;
  if (selector.length === 0) return [];
  return [...pods].flatMap(({ pod, podIP, ready }) => {
    if (!ready || pod.metadata?.deletionTimestamp || pod.metadata?.namespace !== service.metadata?.namespace)
      return [];
    if (!selector.every(([key, value]) => pod.metadata?.labels?.[key] === value)) return [];
    const ports = pod.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
    const number =
      typeof target === "number" ? target : ports.find(({ name }) => name === target)?.containerPort;
    return number === undefined ? [] : [{ host: podIP, port: number }];
  });
}

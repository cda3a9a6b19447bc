// Services as a pod sees them: variables for the Services of its namespace, and the pods behind a Service. Pure.
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

/** The ports for which a Service gets variables: none for a headless one. */
export const linkedPorts = (service: V1Service) =>
  service.spec?.clusterIP === undefined || service.spec.clusterIP === "None"
    ? []
    : (service.spec.ports ?? []);

/**
 * `X_SERVICE_HOST`, `X_SERVICE_PORT` and `X_SERVICE_PORT_<NAME>` of one Service; `addressOf` tells where a
 * port answers on this machine, as `address:port`.
 */
export function serviceVariables(
  service: V1Service,
  addressOf: (port: number) => string,
): [name: string, value: string][] {
  const prefix = variableName(service.metadata?.name ?? "");
  return linkedPorts(service).flatMap(({ port, name }, index) => {
    const [host = "", local = ""] = addressOf(port).split(":");
    return [
      ...(index === 0
        ? ([
            [`${prefix}_SERVICE_HOST`, host],
            [`${prefix}_SERVICE_PORT`, local],
          ] as [string, string][])
        : []),
      ...(name ? ([[`${prefix}_SERVICE_PORT_${variableName(name)}`, local]] as [string, string][]) : []),
    ];
  });
}

const variableName = (name: string): string => name.toUpperCase().replaceAll("-", "_");

// What kube-proxy and a cloud's load balancers do: where the cluster gives Services addresses of loopback (Linux), this
// node listens at them, and passes on to its ready pods. A Service of type LoadBalancer gets the same address as its
// public one.
import type { V1Service } from "@kubernetes/client-node";
import type { Listener } from "../../../balancer/kube/watch.ts";
import type { Api } from "./api.ts";
import type { ServiceProxy } from "./serviceProxy.ts";

/** A listener for the Services of the cluster. */
export function clusterAddresses(
  api: Api,
  proxy: Pick<ServiceProxy, "serve" | "unserve">,
  log: (line: string) => void,
): Listener<V1Service> {
  /** Ports that are listened at, by `namespace/name`. */
  const served = new Map<string, { host: string; ports: number[] }>();
  const keyOf = ({ metadata }: V1Service): string => `${metadata?.namespace}/${metadata?.name}`;

  const end = (key: string): void => {
    const { host, ports } = served.get(key) ?? { host: "", ports: [] };
    served.delete(key);
    for (const port of ports) void proxy.unserve(host, port);
  };

  const begin = async (service: V1Service): Promise<void> => {
    const key = keyOf(service);
    const { namespace = "", name = "" } = service.metadata ?? {};
    const host = service.spec?.clusterIP ?? "";
    const ports = tcpPorts(service);
    const now = served.get(key);
    if (now?.host !== host || String(now.ports) !== String(ports)) {
      end(key);
      served.set(key, { host, ports });
    }
    const bound = await Promise.all(ports.map((port) => proxy.serve(host, namespace, name, port)));
    if (service.spec?.type !== "LoadBalancer") return;
    const ingress = [{ ip: host, ports: bound.map((port) => ({ port, protocol: "TCP" })) }];
    if (JSON.stringify(portsOf(service)) === JSON.stringify(bound)) return;
    const path = `/api/v1/namespaces/${namespace}/services/${name}/status`;
    await api.request("PATCH", path, { status: { loadBalancer: { ingress } } });
  };

  const changed = (service: V1Service): void => {
    // The API server itself stands behind `kubernetes`, which no pod reaches by its address.
    if (!service.spec?.clusterIP?.startsWith("127.") || keyOf(service) === "default/kubernetes") return;
    begin(service).catch((error: unknown) =>
      log(`Service ${keyOf(service)} has no listener: ${(error as Error).message}`),
    );
  };

  return {
    listed: (services) => {
      const there = new Set(services.map(keyOf));
      for (const key of served.keys()) if (!there.has(key)) end(key);
      services.forEach(changed);
    },
    changed,
    gone: (service) => end(keyOf(service)),
  };
}

const tcpPorts = (service: V1Service): number[] =>
  (service.spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP").map(({ port }) => port);

/** Of the public address that the Service has already. */
const portsOf = (service: V1Service): number[] | undefined =>
  service.status?.loadBalancer?.ingress?.[0]?.ports?.map(({ port }) => port);

// What kube-proxy and the cluster's DNS are to a real pod: a local address for each Service that a process
// names. It listens from the start and looks for a ready pod only when somebody connects, so neither the
// order of starting nor a replaced pod matters. TCP only.
import { once } from "node:events";
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import type { V1Service } from "@kubernetes/client-node";
import type { LoopbackAddresses } from "./loopback.ts";

export interface ServiceProxyOptions {
  addresses: LoopbackAddresses;
  /** Makes the addresses of several nodes and checkouts on one machine differ. */
  salt: string;
  /** `address:port` of the API server, which is what `kubernetes.default` stands for. */
  apiServer: string;
  readService(namespace: string, name: string): Promise<V1Service | undefined>;
  /** Addresses of ready pods behind the Service, with the port its target port means there. */
  endpoints(service: V1Service, port: number): { host: string; port: number }[];
}

/** How long a Service is not read again, in milliseconds. */
const serviceCacheMs = 2000;

interface Listener {
  server: Server;
  address: string;
}

export class ServiceProxy {
  private readonly options: ServiceProxyOptions;
  private readonly hosts = new Map<string, string>();
  private readonly listeners = new Map<string, Promise<Listener>>();
  private readonly services = new Map<string, { readAt: number; service: Promise<V1Service | undefined> }>();
  private readonly sockets = new Set<Socket>();
  private turn = 0;

  constructor(options: ServiceProxyOptions) {
    this.options = options;
  }

  /** `address:port` where the Service's port answers; another port than asked for when that cannot be bound. */
  async open(namespace: string, name: string, port: number): Promise<string> {
    if (namespace === "default" && name === "kubernetes") return this.options.apiServer;
    const owner = `${namespace}/${name}`;
    const host =
      this.hosts.get(owner) ?? this.options.addresses.take("service", `${this.options.salt}/${owner}`);
    this.hosts.set(owner, host);
    return this.once(`${name}.${namespace}:${port}`, () => this.listenAt(host, namespace, name, port));
  }

  /** Listens at an address that the Service has already; returns the port, another one when that cannot be bound. */
  async serve(host: string, namespace: string, name: string, port: number): Promise<number> {
    const address = await this.once(`${host}:${port}`, () => this.listenAt(host, namespace, name, port));
    return Number(address.split(":")[1]);
  }

  /** Ends what `serve` began. Connections that are open stay. */
  async unserve(host: string, port: number): Promise<void> {
    const listener = this.listeners.get(`${host}:${port}`);
    this.listeners.delete(`${host}:${port}`);
    (await listener?.catch(() => undefined))?.server.close();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    for (const listener of this.listeners.values()) (await listener.catch(() => undefined))?.server.close();
    this.listeners.clear();
  }

  /** Listens where nothing does yet; a failure may be tried again. */
  private async once(key: string, listen: () => Promise<Listener>): Promise<string> {
    const listener = this.listeners.get(key) ?? listen();
    this.listeners.set(key, listener);
    listener.catch(() => this.listeners.delete(key));
    return (await listener).address;
  }

  private async listenAt(host: string, namespace: string, name: string, port: number): Promise<Listener> {
    const server = createServer(
      { allowHalfOpen: true },
      (client) => void this.forward(client, namespace, name, port),
    );
    // A port below 1024 needs a privilege, and off Linux all Services share one address: then
    // 8080 for 80, 8443 for 443, or any free one.
    const bound = await bind(server, host, port)
      .catch(() => bind(server, host, 8000 + (port % 1000)))
      .catch(() => bind(server, host, 0));
    return { server, address: `${host}:${bound}` };
  }

  private async forward(client: Socket, namespace: string, name: string, port: number): Promise<void> {
    this.track(client);
    const service = await this.read(namespace, name).catch(() => undefined);
    const targets =
      service?.spec?.type === "ExternalName"
        ? [{ host: service.spec.externalName ?? "", port }]
        : service === undefined
          ? []
          : this.options.endpoints(service, port);
    const target = targets[this.turn++ % Math.max(1, targets.length)];
    if (target === undefined || client.destroyed) {
      client.resetAndDestroy(); // as a Service without endpoints refuses
      return;
    }
    const server = connect({ ...target, allowHalfOpen: true });
    this.track(server);
    server.once("error", () => client.destroy());
    client.once("error", () => server.destroy());
    client.pipe(server).pipe(client);
  }

  private read(namespace: string, name: string): Promise<V1Service | undefined> {
    const key = `${namespace}/${name}`;
    const known = this.services.get(key);
    if (known !== undefined && Date.now() - known.readAt < serviceCacheMs) return known.service;
    const service = this.options.readService(namespace, name);
    this.services.set(key, { readAt: Date.now(), service });
    return service;
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.sockets.delete(socket));
  }
}

/** Listens and returns the port. */
export async function bind(server: Server, host: string, port: number): Promise<number> {
  await once(server.listen({ host, port }), "listening");
  return (server.address() as AddressInfo).port;
}

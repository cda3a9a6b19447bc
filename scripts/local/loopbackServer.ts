// A gRPC server on loopback that answers this user's processes only: every user of a machine reaches its ports.
// And its methods, made of plain functions.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  Server,
  ServerCredentials,
  type ServerErrorResponse,
  type ServiceDefinition,
  type UntypedHandleCall,
  status,
} from "@grpc/grpc-js";

export interface LoopbackServer {
  /** `127.0.0.1:<port>` */
  address: string;
  /** Requests that are under way get that much time to end. */
  close: (graceMs?: number) => Promise<void>;
}

/** A list of subnets or a kubeconfig is larger than gRPC's 4 MiB before anybody notices. */
export const noSizeLimit = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** @param services generated definitions, `ServiceDefinition`s that are typed otherwise, with their methods */
export function grpcServer(...services: [definition: unknown, methods: Record<string, UntypedHandleCall>][]) {
  const server = new Server(noSizeLimit);
  for (const [definition, methods] of services) server.addService(definition as ServiceDefinition, methods);
  return server;
}

/** One gRPC method from a plain function; what it throws becomes the call's error. */
export function unary<Request>(
  answer: (request: Request, peer: string) => object | Promise<object>,
  errorOf: (error: Error) => Partial<ServerErrorResponse> = () => ({}),
): UntypedHandleCall {
  type Call = { request: Request; getPeer(): string };
  return (call: Call, done: (error: object | null, reply?: object) => void) => {
    Promise.resolve()
      .then(() => answer(call.request, call.getPeer()))
      .then(
        (reply) => done(null, reply),
        (error: Error) => done({ code: status.UNKNOWN, details: error.message, ...errorOf(error) }),
      );
  };
}

/**
 * Serves on 127.0.0.1. A connection of another user is cut before anything of it is read.
 * @param port 0: any free one
 * @param gone is told the peer (`call.getPeer()`) whose connection has ended
 */
export async function listenOnLoopback(
  server: Server,
  port = 0,
  gone: (peer: string) => void = () => undefined,
): Promise<LoopbackServer> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.on("error", () => socket.destroy()).on("close", () => gone(peer));
    if (isOurs(socket)) injector.injectConnection(socket);
    else socket.destroy();
  });
  await once(listener.listen({ host: "127.0.0.1", port }), "listening");
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    close: async (graceMs = 0) => {
      listener.close();
      const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      setTimeout(() => server.forceShutdown(), graceMs).unref();
      await Promise.race([ended, delay(graceMs)]);
    },
  };
}

function isOurs({ remotePort, localPort }: Socket): boolean {
  return (
    ownerOf(readFileSync("/proc/net/tcp", "utf8"), remotePort ?? 0, localPort ?? 0) === process.getuid?.()
  );
}

/** ESTABLISHED in the kernel's `include/net/tcp_states.h`. */
const established = "01";

/**
 * The user whose process opened the connection from port `from` to port `to` of 127.0.0.1, from the text of
 * /proc/net/tcp (Documentation/networking/proc_net_tcp.rst). A connection whose process has closed it belongs to
 * nobody: the kernel shows it with inode 0, as root's.
 */
export function ownerOf(table: string, from: number, to: number): number | undefined {
  const end = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of table.split("\n")) {
    const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (local === end(from) && remote === end(to) && state === established && inode !== "0")
      return Number(uid);
  }
  return undefined;
}

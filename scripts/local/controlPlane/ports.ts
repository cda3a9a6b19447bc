// Ports of the control plane: chosen once per environment, kept while nobody else takes them.
import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { portOwner } from "./portOwner.ts";

const portNames = [
  "apiServer",
  "etcd",
  "etcdPeer",
  "controllerManager",
  "scheduler",
  "kwok",
  "metricsServer",
  "azure",
  "kubernetesProvider",
  "randomProvider",
] as const;
type PortName = (typeof portNames)[number];
export type Ports = Record<PortName, number>;

// Below the ports that systems give to outgoing connections (32768 on Linux, 49152 elsewhere), so that a port
// which is free between two starts is not taken by chance.
const lowest = 20_000;
const highest = 32_767;

export interface PortOptions {
  /** JSON file that remembers them. */
  file: string;
  /** Port that the user wants for the API server: when it is taken, that is an error. */
  apiServer?: number;
  /** In [0, 1), as Math.random. */
  random: () => number;
}

/** Free ports for every part, the same as at the last start where possible. `notes` says which had to change, and why. */
export async function choosePorts(options: PortOptions): Promise<{ ports: Ports; notes: string[] }> {
  const remembered = readPorts(options.file);
  const notes: string[] = [];
  const ports: Partial<Ports> = {};
  const taken = new Set(options.apiServer === undefined ? [] : [options.apiServer]);
  for (const name of portNames) {
    const pinned = name === "apiServer" ? options.apiServer : undefined;
    const wanted = pinned ?? remembered[name];
    const mayHave = wanted !== undefined && (pinned !== undefined || !taken.has(wanted));
    if (mayHave && (await isFree(wanted)) && (pinned !== undefined || (await claim(wanted)))) {
      ports[name] = wanted;
    } else if (pinned !== undefined) {
      throw new Error(
        `port ${pinned} for the API server is in use by ${portOwner(pinned)}: stop that, or choose another port`,
      );
    } else {
      ports[name] = await freePort(taken, options.random);
      if (wanted !== undefined) {
        notes.push(
          `port ${wanted} (${name}) is in use by ${portOwner(wanted)} now, so ${ports[name]} is taken instead`,
        );
      }
    }
    taken.add(ports[name]);
  }
  writeFileSync(options.file, JSON.stringify(ports, null, 2) + "\n", { mode: 0o600 });
  return { ports: ports as Ports, notes };
}

function readPorts(file: string): Partial<Ports> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Partial<Ports>;
  } catch {
    return {}; // never chosen, or cut off: choosing again does no harm
  }
}

/** By port, as long as this process lives. */
const claims = new Map<number, Socket>();

/**
 * Seconds pass until a program listens on its port, in which another environment that starts would choose the same. So
 * whoever chooses has the UDP port of that number, which nobody uses otherwise.
 */
async function claim(port: number): Promise<boolean> {
  if (claims.has(port)) return true;
  const socket = createSocket("udp4").unref();
  try {
    socket.bind({ port, address: "127.0.0.1", exclusive: true });
    await once(socket, "listening");
  } catch {
    return false;
  }
  claims.set(port, socket);
  return true;
}

/** A port that nobody has now, nor has been given here, nor by another environment that starts. */
export async function freePort(taken: ReadonlySet<number>, random = Math.random): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = lowest + Math.floor(random() * (highest - lowest + 1));
    if (!taken.has(port) && !claims.has(port) && (await isFree(port)) && (await claim(port))) return port;
  }
  throw new Error(`found no free port between ${lowest} and ${highest} on 127.0.0.1`);
}

/** Whether a program could listen on this loopback port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

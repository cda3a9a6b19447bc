// What the commands that stay have in common: an address to listen at, and signals that end them.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { InputError, rootCause } from "../failures.ts";

export class Stopped extends Error {
  constructor(signal: string) {
    super(`Stopped by ${signal}`);
  }
}

/** Aborted by SIGTERM and SIGINT. */
export function untilSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => ending.abort(new Stopped(signal)));
  return ending.signal;
}

/** @throws InputError when the address cannot be had */
export async function listenAt(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new InputError(`--listen: cannot listen at ${host}:${port}: ${rootCause(error)}`, { cause: error });
  }
  const address = server.address() as AddressInfo;
  process.stderr.write(`Metrics are served at http://${address.address}:${address.port}/metrics\n`);
}

export function stopServing(server: Server): void {
  server.close();
  server.closeAllConnections();
}

export const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, "abort");
};

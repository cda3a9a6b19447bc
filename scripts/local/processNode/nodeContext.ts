// What the parts of one process node share.
import type { Api } from "./api.ts";
import type { BackoffPolicy } from "./backoff.ts";
import type { Executables } from "./command.ts";
import type { EventSink } from "./events.ts";
import type { LoopbackAddresses } from "./loopback.ts";

/** How long things take, in milliseconds: parameters, so that tests need not wait. */
export interface Timings {
  backoff: BackoffPolicy;
  /** Between two tries to read what is missing (a ConfigMap, a Secret). */
  configRetryMs: number;
  /** Between two looks at volumes (changed ConfigMaps, tokens to renew) and log sizes. */
  refreshMs: number;
}

export interface NodeContext {
  api: Api;
  nodeName: string;
  /** The node's own loopback address. */
  hostIP: string;
  executables: Executables;
  rootDir: string;
  /** Folder of PID files. */
  runDir: string;
  addresses: LoopbackAddresses;
  /** Local address of a Service's port, as `address:port`. */
  openService(namespace: string, name: string, port: number): Promise<string>;
  event: EventSink;
  log: (line: string) => void;
  timings: Timings;
}

/** A log larger than this becomes the previous log. */
export const maxLogBytes = 10 * 2 ** 20;

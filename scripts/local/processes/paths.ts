// Where an environment's files lie, below its state folder.
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface EnvironmentPaths {
  state: string;
  /** PID files, the supervisor's socket, chosen ports. */
  run: string;
  logs: string;
  /** Certificates and keys. */
  pki: string;
  etcd: string;
  kubeconfig: string;
  socket: string;
  log(component: string): string;
}

/** Longest path of a Unix socket that every system takes: 103 bytes on macOS, 107 on Linux. */
const maxSocketPath = 103;

export function environmentPaths(state: string): EnvironmentPaths {
  const run = join(state, "run");
  return {
    state,
    run,
    logs: join(state, "logs"),
    pki: join(state, "pki"),
    etcd: join(state, "etcd"),
    kubeconfig: join(state, "kubeconfig"),
    socket: socketPath(state, join(run, "supervisor.sock")),
    log: (component) => join(state, "logs", `${component}.log`),
  };
}

/** A deep state folder makes the path too long; then the socket lies in a folder of ours below the temporary one. */
function socketPath(state: string, preferred: string): string {
  if (Buffer.byteLength(preferred) <= maxSocketPath) return preferred;
  const digest = createHash("sha256").update(state).digest("hex").slice(0, 16);
  return join(tmpdir(), `spot-balancer-${process.getuid?.() ?? 0}-${digest}`, "supervisor.sock");
}

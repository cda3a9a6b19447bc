// The supervisor: one detached process that owns every program of a local environment.
// Usage: node supervisor/main.ts '<SupervisorOptions as JSON>'. It runs until it is told to stop (API or SIGTERM).
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ControlPlane } from "../controlPlane/index.ts";
import { choosePorts } from "../controlPlane/ports.ts";
import { removeEnvironment, stateDir, writeEnvironment } from "../environment.ts";
import { serveApi } from "./api.ts";
import { claim, release } from "./claim.ts";
import type { SupervisorOptions } from "./options.ts";
import { environmentPaths } from "./paths.ts";
import { stopLeftovers } from "./pidFile.ts";
import type { SupervisorStatus } from "./status.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as SupervisorOptions;
const paths = environmentPaths(stateDir);
const claimFile = join(paths.run, "supervisor.pid");
const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);

let phase: SupervisorStatus["phase"] = "starting";
let problem: string | undefined;
let controlPlane: ControlPlane | undefined;
let stopping: Promise<void> | undefined;

const status = (): SupervisorStatus => ({
  phase,
  pid: process.pid,
  ...(problem !== undefined && { problem }),
  components: (controlPlane?.programs ?? []).map((program) => program.status),
});

/** Stops everything in reverse order, and leaves nothing that says the environment runs. */
function shutDown(): Promise<void> {
  stopping ??= (async () => {
    phase = "stopping";
    log("stopping");
    removeEnvironment();
    await controlPlane?.stop();
    release(claimFile);
    rmSync(paths.socket, { force: true });
    log("stopped");
    process.exit(0);
  })();
  return stopping;
}

async function start(): Promise<void> {
  const { ports, notes } = await choosePorts({
    file: join(paths.run, "ports.json"),
    apiServer: options.apiServerPort,
    random: Math.random,
  });
  notes.forEach(log);
  controlPlane = await ControlPlane.prepare({ tools: options.tools, paths, ports });
  await controlPlane.start();
  writeEnvironment({
    supervisorPid: process.pid,
    supervisorSocket: paths.socket,
    kubeconfig: controlPlane.kubeconfig,
    apiServer: controlPlane.server,
    azureProvider: `127.0.0.1:${ports.azure}`,
  });
}

const holder = claim(claimFile);
if (holder) {
  log(`another supervisor (PID ${holder.pid}) runs this environment`);
  process.exit(1);
}
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void shutDown());
await stopLeftovers(paths.run, { except: "supervisor" });
await serveApi(paths.socket, {
  "GET /status": status,
  "POST /shutdown": () => void shutDown(),
});
try {
  await start();
  phase = "ready";
  log("ready");
} catch (error) {
  if (!stopping) {
    problem = error instanceof Error ? error.message : String(error);
    phase = "failed";
    log(problem);
  }
}

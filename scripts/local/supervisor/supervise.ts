// Owns the parts of an environment in one process: starts them in order, tells about them, stops them in reverse.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { serveApi, type Routes } from "./api.ts";
import { claim, release } from "../processes/claim.ts";
import type { EnvironmentPaths } from "../processes/paths.ts";
import { stopLeftovers } from "../processes/pidFile.ts";
import type { Part, SupervisorStatus } from "../processes/status.ts";

interface Supervised {
  /** In the order in which they start. */
  parts: Part[];
  /** What else the API offers, once all parts are ready. */
  routes?: Routes;
  /** All parts are ready. */
  onReady: () => void;
}

interface Supervision {
  paths: EnvironmentPaths;
  prepare: (log: (line: string) => void) => Promise<Supervised>;
  /** Before the first part is stopped. */
  onStopping: () => void;
}

/**
 * Runs in a process of its own until it is told to stop, by `POST /shutdown` or a signal; then ends the process.
 * A part that cannot start leaves the others as they are, so that `GET /status` shows what happened.
 */
export async function supervise({ paths, prepare, onStopping }: Supervision): Promise<void> {
  const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
  const claimFile = join(paths.run, "supervisor.pid");
  const holder = claim(claimFile);
  if (holder) {
    log(`another supervisor (PID ${holder.pid}) runs this environment`);
    process.exit(1);
  }

  const stopping = new AbortController();
  let phase: SupervisorStatus["phase"] = "starting";
  let problem: string | undefined;
  let parts: Part[] = [];

  const status = (): SupervisorStatus => ({
    phase,
    pid: process.pid,
    ...(problem !== undefined && { problem }),
    components: parts.flatMap((part) => part.components()),
  });

  const shutDown = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    phase = "stopping";
    log("stopping");
    stopping.abort(new Error("the environment is being stopped"));
    onStopping();
    for (const part of parts.toReversed()) {
      await part.stop().catch((error: unknown) => log(`while stopping: ${messageOf(error)}`));
    }
    await stopLeftovers(paths.run, { except: "supervisor" });
    rmSync(paths.socket, { force: true });
    release(claimFile);
    log("stopped");
    process.exit(0);
  };

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void shutDown());
  // What nobody handled is a defect, but no reason to leave a dozen programs without an owner.
  const unexpected = (error: unknown): void => {
    problem = `the supervisor met an unexpected error: ${messageOf(error)}. See ${paths.log("supervisor")}`;
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on("uncaughtException", unexpected);
  process.on("unhandledRejection", unexpected);

  await stopLeftovers(paths.run, { except: "supervisor" });
  const routes: Routes = { "GET /status": status, "POST /shutdown": () => void shutDown() };
  await serveApi(paths.socket, routes);
  try {
    const supervised = await prepare(log);
    parts = supervised.parts;
    for (const part of parts) {
      stopping.signal.throwIfAborted();
      await part.start(stopping.signal);
    }
    stopping.signal.throwIfAborted();
    Object.assign(routes, supervised.routes);
    supervised.onReady();
    phase = "ready";
    log("ready");
  } catch (error) {
    if (stopping.signal.aborted) return;
    problem = messageOf(error);
    phase = "failed";
    log(problem);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

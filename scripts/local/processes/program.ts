// One program that the supervisor runs: started with its log and PID file, watched, stopped.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { logTail, openLog } from "./logFile.ts";
import type { EnvironmentPaths } from "./paths.ts";
import { removePidFile, writePidFile } from "./pidFile.ts";
import type { ComponentState, ComponentStatus } from "./status.ts";

export interface ProgramSpec {
  /** Unique in the environment; names its log and PID file. */
  name: string;
  executable: string;
  args: string[];
  /** Added to the supervisor's own environment variables. */
  env?: Record<string, string>;
  cwd?: string;
  /** User and group to run as, for programs that refuse to run as root. */
  uid?: number;
  gid?: number;
  /** Asks once whether the program is ready; an error counts as "not yet". */
  ready(): Promise<boolean>;
  /** Milliseconds; default 90 s, for machines that do much else. One that ends is reported at once. */
  readyTimeoutMs?: number;
  /** Default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Milliseconds between the stop signal and SIGKILL; default 5 s. */
  stopGraceMs?: number;
}

export class Program {
  readonly spec: ProgramSpec;
  readonly #paths: EnvironmentPaths;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #state: ComponentState = "stopped";
  #startedAt: string | undefined;
  #problem: string | undefined;

  constructor(spec: ProgramSpec, paths: EnvironmentPaths) {
    this.spec = spec;
    this.#paths = paths;
  }

  get status(): ComponentStatus {
    const running = this.#child !== undefined;
    return {
      name: this.spec.name,
      state: this.#state,
      ...(running && { pid: this.#child!.pid, startedAt: this.#startedAt }),
      log: this.#paths.log(this.spec.name),
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
  }

  /**
   * Starts it and returns when it is ready. Throws with the end of its log when it ends before, or never gets ready;
   * starts nothing any more once `signal` is aborted.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#child) return;
    signal?.throwIfAborted();
    const { name, executable, args, env, cwd, uid, gid } = this.spec;
    this.#state = "starting";
    this.#problem = undefined;
    const log = openLog(this.#paths.log(name));
    const child = spawn(executable, args, {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
      cwd: cwd ?? this.#paths.state,
      uid,
      gid,
    });
    closeSync(log);
    this.#child = child;
    this.#startedAt = new Date().toISOString();
    if (child.pid !== undefined) writePidFile(this.#paths.run, name, child.pid);
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => resolve(this.#ended(`could not be started: ${error.message}`)));
      child.once("exit", (code, signal) =>
        resolve(this.#ended(`ended with ${signal ?? `exit code ${code}`}`)),
      );
    });
    await this.#untilReady();
  }

  /** Stops it and returns when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) {
      this.#state = "stopped";
      return;
    }
    this.#state = "stopping";
    child.kill(this.spec.stopSignal ?? "SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), this.spec.stopGraceMs ?? 5_000);
    await this.#exited;
    clearTimeout(kill);
  }

  #ended(how: string): void {
    if (this.#state !== "stopping") {
      this.#problem = this.#report(how);
      this.#state = "crashed";
    } else {
      this.#state = "stopped";
    }
    this.#child = undefined;
    removePidFile(this.#paths.run, this.spec.name);
  }

  #report(what: string): string {
    const log = this.#paths.log(this.spec.name);
    const tail = logTail(log).replaceAll(/^/gm, "    ");
    return `${this.spec.name} ${what}. The end of its log (${log}):\n${tail}`;
  }

  async #untilReady(): Promise<void> {
    const timeoutMs = this.spec.readyTimeoutMs ?? 90_000;
    const deadline = Date.now() + timeoutMs;
    while (this.#state === "starting") {
      const ready = await this.spec.ready().catch(() => false);
      if (this.#state !== "starting") break;
      if (ready) {
        this.#state = "running";
        return;
      }
      if (Date.now() > deadline) {
        const problem = this.#report(`was not ready after ${timeoutMs / 1000} s`);
        await this.stop();
        this.#problem = problem;
        throw new Error(problem);
      }
      await Promise.race([delay(50), this.#exited]);
    }
    throw new Error(this.#problem ?? `${this.spec.name} was stopped while it started`);
  }
}

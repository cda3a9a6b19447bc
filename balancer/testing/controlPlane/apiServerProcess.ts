// The API server of a test's environment as a process: killed like a crash, and started again with the same arguments.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../controlPlane.ts";

export class ApiServerProcess {
  readonly #arguments: string[];
  readonly #pid: number;
  readonly #stateDir: string;
  #own: ChildProcess | undefined;

  /** Linux only: what it was started with is read from /proc. */
  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    const file = readFileSync(join(stateDir, "run", "kube-apiserver.pid"), "utf8");
    this.#pid = (JSON.parse(file) as { pid: number }).pid;
    this.#arguments = readFileSync(`/proc/${this.#pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  }

  /** Returns at once; the new one answers some seconds later. */
  restart(): void {
    process.kill(this.#own?.pid ?? this.#pid, "SIGKILL");
    const [executable, ...args] = this.#arguments;
    // The port may take a moment to be free; a program that did not get it ends, and is started again.
    const start = () => {
      const child = spawn(executable!, args, { cwd: this.#stateDir, stdio: "ignore" });
      child.once("exit", (_code, signal) => {
        if (this.#own === child && signal === null) start();
      });
      this.#own = child;
    };
    start();
  }

  async stop(): Promise<void> {
    const child = this.#own;
    if (!child) return;
    this.#own = undefined;
    // Asked nicely it waits a minute for the watches of the others to end.
    child.kill("SIGKILL");
    await until("the API server to end", () =>
      Promise.resolve(child.exitCode !== null || child.signalCode !== null),
    );
  }
}

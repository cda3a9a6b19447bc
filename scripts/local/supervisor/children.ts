// Programs that come and go while an environment runs, such as a database server.
import type { EnvironmentPaths } from "../processes/paths.ts";
import { Program, type ProgramSpec } from "../processes/program.ts";
import type { ComponentStatus, Part } from "../processes/status.ts";

export class Children implements Part {
  readonly #paths: EnvironmentPaths;
  readonly #programs = new Map<string, Program>();
  #signal: AbortSignal | undefined;

  constructor(paths: EnvironmentPaths) {
    this.#paths = paths;
  }

  /** Starts nothing yet: from now on programs can be started, until the environment stops. */
  start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#programs.keys()].map((name) => this.stopProgram(name)));
  }

  components(): ComponentStatus[] {
    return [...this.#programs.values()].map((program) => program.status);
  }

  /** Starts a program, and returns when it is ready; one of this name that runs already is left alone. */
  async startProgram(spec: ProgramSpec): Promise<void> {
    if (this.#programs.get(spec.name)?.status.state === "running") return;
    const program = new Program(spec, this.#paths);
    this.#programs.set(spec.name, program);
    await program.start(this.#signal);
  }

  /** Stops a program and forgets it; one that does not run is no error. */
  async stopProgram(name: string): Promise<void> {
    await this.#programs.get(name)?.stop();
    this.#programs.delete(name);
  }
}

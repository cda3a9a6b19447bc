// The program in testdata/program, in a folder of its own, run by the embedded engine as each of its stacks.
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../environment.ts";
import { randomPackage } from "../providers/random.ts";
import { runStack, type EngineEvent, type RunOptions, type RunResult } from "../runStack.ts";

export class RealProgram {
  /** Of the last run. */
  events: EngineEvent[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "program-"));

  constructor() {
    cpSync(join(import.meta.dirname, "../testdata/program"), this.#folder, { recursive: true });
    symlinkSync(join(projectRoot, "node_modules"), join(this.#folder, "node_modules"));
  }

  run(operation: RunOptions["operation"], stack: string): Promise<RunResult> {
    this.events = [];
    return runStack({
      operation,
      stack,
      projectDir: this.#folder,
      stateDir: join(this.#folder, "state"),
      packages: { random: randomPackage },
      onEvent: (event) => this.events.push(event),
    });
  }

  /** What was logged, a line each. */
  messages(): string {
    return this.events.map((event) => (event.type === "log" ? `${event.message}\n` : "")).join("");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

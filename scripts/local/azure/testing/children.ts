// For tests: programs run as the supervisor runs them, in a folder of their own that goes with them.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentPaths } from "../../processes/paths.ts";
import { Program } from "../../processes/program.ts";
import type { Children } from "../postgres/server.ts";

export interface TestChildren extends Children {
  /** Stops everything; the programs may be started again. */
  stopAll(): Promise<void>;
  /** Everything that the programs have said. */
  logs(): string;
}

export function buildChildren(): TestChildren {
  const state = mkdtempSync(join(tmpdir(), "sb-children-"));
  const paths = environmentPaths(state);
  for (const folder of [paths.run, paths.logs]) mkdirSync(folder, { recursive: true });
  const running = new Map<string, Program>();
  process.once("exit", () => rmSync(state, { recursive: true, force: true }));
  const stop = async (name: string): Promise<void> => {
    await running.get(name)?.stop();
    running.delete(name);
  };
  return {
    async startProgram(spec) {
      if (running.get(spec.name)?.status.state === "running") return;
      const program = new Program(spec, paths);
      running.set(spec.name, program);
      await program.start();
    },
    stopProgram: stop,
    stopAll: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
    logs: () =>
      readdirSync(paths.logs)
        .map((file) => readFileSync(join(paths.logs, file), "utf8"))
        .join("\n"),
  };
}

// Tiny programs for tests of the supervisor: Node scripts in the place of etcd and its kind.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentPaths, type EnvironmentPaths } from "../paths.ts";
import type { ProgramSpec } from "../program.ts";

export interface TestEnvironment {
  paths: EnvironmentPaths;
  remove(): void;
}

/** A state folder of its own. */
export function buildEnvironment(): TestEnvironment {
  const state = mkdtempSync(join(tmpdir(), "spot-balancer-test-"));
  return { paths: environmentPaths(state), remove: () => rmSync(state, { recursive: true, force: true }) };
}

/** What a tiny program does after it has said that it is ready. */
export interface Behavior {
  /** Runs instead of being ready. */
  instead?: string;
  /** Runs on SIGTERM; by default the program ends. */
  onTerm?: string;
}

/** A program that is ready when it has written `<state>/<name>.ready`. */
export function buildProgram(
  paths: EnvironmentPaths,
  name: string,
  { instead, onTerm }: Behavior = {},
): ProgramSpec {
  const readyFile = join(paths.state, `${name}.ready`);
  const ready = `require("node:fs").writeFileSync(${JSON.stringify(readyFile)}, "")`;
  const script = `
    process.on("SIGTERM", () => { ${onTerm ?? ""}; ${onTerm === undefined ? "process.exit(0)" : ""} });
    console.log("hello from ${name}");
    setInterval(() => {}, 1000);
    ${instead ?? ready};`;
  return {
    name,
    executable: process.execPath,
    args: ["-e", script],
    ready: () => Promise.resolve(existsSync(readyFile)),
  };
}

// The local environment's address book: where its state lies, and what other commands need to reach it.
import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readJson, writeJson } from "./jsonFile.ts";
import { readPidFile } from "./processes/pidFile.ts";

/** Root of the checkout. */
export const projectRoot = resolve(import.meta.dirname, "../..");

/** State of the environment of this checkout (PID files, logs, kubeconfig, stack states). */
export const stateDir = resolve(process.env["SPOT_BALANCER_STATE"] ?? join(projectRoot, ".local"));

/** Programs that several checkouts share, by version. */
export const cacheDir = resolve(
  process.env["SPOT_BALANCER_CACHE"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "spot-balancer"),
);

/** Where Node keeps compiled programs, which saves it a quarter of the time that a Pulumi program takes to load. */
export const compileCache = join(cacheDir, "node-compile-cache");

const environmentFile = join(stateDir, "environment.json");

/** What a command needs to know of a running environment; written by the supervisor once it is ready. */
export interface Environment {
  /** Process that owns every other one. */
  supervisorPid: number;
  /** Unix socket of the supervisor's HTTP API. */
  supervisorSocket: string;
  /** Path of the administrator's kubeconfig (0600). */
  kubeconfig: string;
  /** `https://127.0.0.1:<port>` */
  apiServer: string;
  /** `127.0.0.1:<port>` by package: what is served by Pulumi's provider protocol. */
  providers: Record<"azure-native" | "kubernetes" | "random", string>;
}

/** The running environment's address book, or undefined when none runs, also when it ended without a word. */
export function readEnvironment(): Environment | undefined {
  // After a kill, or a restart of the machine, the file is still there.
  if (!readPidFile(join(stateDir, "run"), "supervisor")) return undefined;
  return readJson(environmentFile, "restart the environment, npm run local -- down, then up");
}

/** @throws when none runs */
export function runningEnvironment(): Environment {
  const environment = readEnvironment();
  if (environment) return environment;
  throw new Error("the local environment is not running. Start it first: npm run local -- up");
}

export const writeEnvironment = (environment: Environment): void => writeJson(environmentFile, environment);

export function removeEnvironment(): void {
  rmSync(environmentFile, { force: true });
}

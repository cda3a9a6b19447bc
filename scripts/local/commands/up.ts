// `npm run local -- up`: starts the control plane and the emulated Azure, and leaves them running.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment, removeEnvironment, stateDir, type Environment } from "../environment.ts";
import { type Screen, openScreen } from "../screen.ts";
import { claimInTurn, release } from "../processes/claim.ts";
import { callSupervisor, supervisorStatus } from "../supervisor/client.ts";
import { launchSupervisor, stopSupervisor } from "../supervisor/launch.ts";
import { environmentPaths, type EnvironmentPaths } from "../processes/paths.ts";
import { problemsOf } from "../processes/status.ts";
import { explainFileError } from "../tools/fileErrors.ts";
import { ensureGatewayApi } from "../tools/gatewayApi.ts";
import { findTools } from "../tools/index.ts";
import { MissingTools } from "../tools/missing.ts";
import { coreTools, lateTools } from "../tools/table.ts";
import { type BringingOptions, bringing } from "./bringing.ts";

export interface UpOptions {
  /** Port for the API server; in use is an error. Default: a free one, the same at every start where possible. */
  port?: number;
  screen?: Screen;
  /** Starts without the programs that may join later, unless they are here; `joinLateTools` brings them. */
  early?: boolean;
  /** Aborted (by Ctrl-C, say), what was started is stopped again. */
  signal?: AbortSignal;
}

/** Starts the environment, or finds that it runs. Throws when it cannot start, or when a part of it has crashed. */
export async function up(options: UpOptions = {}): Promise<Environment> {
  const { screen = openScreen(), signal = new AbortController().signal, early = false } = options;
  const paths = environmentPaths(stateDir);
  const lock = join(paths.run, "up.lock");
  try {
    mkdirSync(paths.run, { recursive: true, mode: 0o700 });
    const wait = (pid: number) => screen.say(`waiting for another start of this environment (PID ${pid})`);
    await claimInTurn(lock, wait, signal);
    try {
      if (!(await isRunning(paths, options.port))) await launch(paths, options.port, screen, signal);
    } finally {
      release(lock);
    }
  } catch (error) {
    throw explainFileError(error, paths.state, "set SPOT_BALANCER_STATE to another folder");
  }
  if (!early) await joinLateTools({ screen, signal });
  const environment = readEnvironment();
  if (!environment) throw new Error("the environment was stopped by another command");
  return environment;
}

async function isRunning(paths: EnvironmentPaths, port: number | undefined): Promise<boolean> {
  const status = await supervisorStatus(paths.socket);
  if (!status || status.phase === "stopping") return false;
  const problems = problemsOf(status);
  if (problems !== undefined) {
    throw new Error(`${problems}\nStop the environment with \`npm run local -- down\`, then start it again.`);
  }
  const running = readEnvironment()?.apiServer;
  if (port !== undefined && running !== undefined && !running.endsWith(`:${port}`)) {
    throw new Error(
      `the environment runs already, with its API server at ${running}: stop it before you change its port`,
    );
  }
  return status.phase === "ready";
}

async function launch(
  paths: EnvironmentPaths,
  port: number | undefined,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  // What a killed supervisor, or one that is stopping, left behind.
  if (await stopSupervisor(paths))
    screen.say("cleaned up after an environment that was not stopped properly");
  removeEnvironment();
  // Traefik's wheel comes while the others are built.
  const { tools, missing } = await bringing([...coreTools, "traefik"], { screen, signal });
  const needed = missing.filter(({ spec }) => spec.name !== "traefik");
  if (needed.length > 0) throw new MissingTools(needed);
  const late = await findTools(lateTools, { report: screen.say });
  const gatewayApi = await ensureGatewayApi({ report: screen.say, signal });
  const step = screen.step("The control plane and the emulated Azure start");
  try {
    const options = { tools: { ...tools, ...late.tools }, gatewayApi, apiServerPort: port };
    await launchSupervisor(paths, options, signal);
    step.done("ready");
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** Brings the programs that the environment runs without, and starts them in it. Throws when a build fails. */
export async function joinLateTools(options: BringingOptions): Promise<void> {
  const { tools, missing } = await bringing(lateTools, options);
  for (const { spec, reason } of missing) options.screen.say(`going on without ${spec.name}: ${reason}`);
  await callSupervisor(environmentPaths(stateDir).socket, "POST /join", tools);
}

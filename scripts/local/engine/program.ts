// Starts the Pulumi program as the CLI's Node language host does: node, @pulumi/pulumi/cmd/run, and flags.
// The arguments follow sdk/nodejs/cmd/pulumi-language-nodejs/main.go in pulumi/pulumi.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compileCache } from "../environment.ts";
import { sendSignal } from "../processes/processIdentity.ts";
import { organization, type StackSettings } from "./config.ts";
import { serveMonitor, type MonitorHandler } from "./monitor.ts";

/** Not in `programCommand`, by which the real engine starts it as well. */
const lightSdk = import.meta.resolve("../../../stacks/record/lightSdk.ts");

/** Exit code of cmd/run when it has already told the engine what went wrong. */
export const errorWasLogged = 32;

interface Program {
  /** Resolves with undefined when the program ended well, else with what to tell the person (may be empty). */
  ended: Promise<string | undefined>;
  stop(): void;
}

interface ProgramOptions {
  /** Answers the program's requests. */
  handler: MonitorHandler;
  settings: StackSettings;
  projectDir: string;
  dryRun: boolean;
  parallel: number;
  /** One line of the program's own output. */
  onLine: (line: string, stream: "stdout" | "stderr") => void;
}

export type ProgramStarter = (options: ProgramOptions) => Promise<Program>;

interface ProgramCall
  extends
    Pick<StackSettings, "project" | "stack" | "config" | "secretKeys">,
    Pick<ProgramOptions, "projectDir" | "dryRun" | "parallel"> {
  /** `host:port` */
  monitor: string;
  engine: string;
  organization: string;
}

/** Arguments for Node, and where it runs. */
export function programCommand({ projectDir, config, secretKeys, ...call }: ProgramCall) {
  const run = createRequire(join(projectDir, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  return {
    args: [
      run,
      ...["--monitor", call.monitor, "--engine", call.engine, "--organization", call.organization],
      ...["--project", call.project, "--stack", call.stack],
      ...["--root-directory", projectDir, "--pwd", projectDir],
      ...(call.dryRun ? ["--dry-run"] : []),
      ...["--parallel", String(call.parallel), "."],
    ],
    cwd: projectDir,
    env: {
      NODE_COMPILE_CACHE: compileCache,
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
    },
  };
}

/** Runs package.json's `main` of the project folder in a process of its own, connected by gRPC. */
export const startNodeProgram: ProgramStarter = async (options) => {
  const { projectDir, settings, dryRun, parallel, onLine } = options;
  const monitor = await serveMonitor(options.handler, settings);
  const { address } = monitor;
  const call = { monitor: address, engine: address, organization, projectDir, dryRun, parallel };
  const { args, ...place } = programCommand({ ...call, ...settings });
  const child = spawn(process.execPath, ["--import", lightSdk, ...args], {
    ...place,
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group: Ctrl-C at the terminal reaches the engine only, which then ends the run in order.
    detached: true,
  });
  const lines = (["stdout", "stderr"] as const).map(
    (stream) =>
      new Promise<void>((done) => {
        createInterface({ input: child[stream] })
          .on("line", (line) => onLine(line, stream))
          .on("close", done);
      }),
  );
  const exited = new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(`the program could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (code === 0) resolve(undefined);
      else if (code === errorWasLogged) resolve("");
      else resolve(`the program ended with ${signal ? `signal ${signal}` : `exit code ${code}`}`);
    });
  });
  return {
    ended: exited.then(async (result) => {
      await Promise.all(lines);
      return result;
    }),
    stop() {
      monitor.close();
      if (child.pid && child.exitCode === null) sendSignal(-child.pid, "SIGKILL");
    },
  };
};

// What the commands share: where the emulated Azure is, Ctrl-C, and how a run is shown.
import { isLocalStack } from "../../../stacks/stackName.ts";
import { projectRoot, readEnvironment, runningEnvironment, stateDir } from "../environment.ts";
import { interrupted } from "../interrupt.ts";
import { remoteAzure } from "../azure/remote.ts";
import { emulatedAzure } from "../azure/server.ts";
import { textDisplay } from "./display.ts";
import { runStack, type EngineEvent, type RunOptions, type RunResult } from "./runStack.ts";
import { localPackages } from "./packages.ts";
import { localPassphrase } from "./passphrase.ts";
import type { ProviderPackage } from "./providers/provider.ts";

export interface SessionOptions {
  /** One JSON object a line instead of text. */
  json?: boolean;
  /** Takes the events instead of the terminal. */
  onEvent?: (event: EngineEvent) => void;
  /** Default: Ctrl-C. The first ends the run in order, the second at once: the state is whole at every moment. */
  signal?: AbortSignal;
  /** Packages in place of the local ones, by name. */
  packages?: Record<string, ProviderPackage>;
}

export type StackRun = Omit<RunOptions, "projectDir" | "stateDir" | "packages" | "onEvent" | "signal">;

/**
 * Runs a stack of this project in the local environment.
 * Previews need none: without a running one an emulated Azure without machines answers, in this process.
 */
export async function runLocalStack(run: StackRun, options: SessionOptions = {}): Promise<RunResult> {
  const changes = run.operation !== "preview";
  if (changes && !isLocalStack(run.stack)) {
    throw new Error(
      `the embedded engine changes local stacks only (<layer>-local…), and ${run.stack} is not local: ` +
        `use the Pulumi CLI for it. A preview works here: npm run local -- preview ${run.stack}`,
    );
  }
  const readLocal = changes ? runningEnvironment : readEnvironment;
  const environment = isLocalStack(run.stack) ? readLocal() : undefined;
  const azure = environment ? remoteAzure(environment.supervisorSocket) : emulatedAzure().provider;
  const signal = options.signal ?? interrupted;
  const sayInterrupted = (): void =>
    void process.stderr.write("Interrupted: waiting for what is under way. Once more to stop at once.\n");
  signal.addEventListener("abort", sayInterrupted);
  try {
    return await runStack({
      ...run,
      projectDir: projectRoot,
      stateDir,
      ...(isLocalStack(run.stack) && {
        passphrase: process.env["PULUMI_CONFIG_PASSPHRASE"] ?? localPassphrase,
      }),
      packages: { ...localPackages(azure), ...options.packages },
      onEvent: options.onEvent ?? (options.json ? writeJson : textDisplay(writeLine)),
      signal,
    });
  } finally {
    signal.removeEventListener("abort", sayInterrupted);
  }
}

/** The exit code for a run: 130 after Ctrl-C, as shells have it. */
export const exitCode = ({ ok, interrupted }: RunResult): number => (ok ? 0 : interrupted ? 130 : 1);

const writeLine = (line: string): void => void process.stdout.write(`${line}\n`);
const writeJson = (event: EngineEvent): void => writeLine(JSON.stringify(event));

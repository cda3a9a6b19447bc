// The embedded engine: runs a stack's Pulumi program against local providers, without the Pulumi CLI. Local use only.
import { availableParallelism } from "node:os";
import { readSettings, type StackSettings } from "./config.ts";
import type { EngineEvent, Op, Operation } from "./events.ts";
import { handlerOf } from "./handler.ts";
import { providerReference } from "./model.ts";
import { startNodeProgram, type ProgramStarter } from "./program.ts";
import type { ProviderPackage } from "./providers/provider.ts";
import { Providers } from "./providers/registry.ts";
import { refreshAll } from "./refresh.ts";
import { removeLeftovers, removeStack } from "./removal.ts";
import { Run } from "./run.ts";
import { StackStore } from "./state/store.ts";
import { mask, type Properties, type Value } from "./values.ts";

export type { EngineEvent, Op } from "./events.ts";

export interface RunOptions {
  operation: Operation;
  stack: string;
  /** Folder with Pulumi.yaml and the program's package.json. */
  projectDir: string;
  /** Configuration of the stack, when it is not the project's file for it. */
  configFile?: string;
  /** Opens encrypted values of the stack's configuration. */
  passphrase?: string;
  /** Folder that holds `stacks/<stack>.json`. */
  stateDir: string;
  /** Providers by package name. */
  packages: Record<string, ProviderPackage>;
  onEvent: (event: EngineEvent) => void;
  /** Compare the record with what is there before anything else. */
  refresh?: boolean;
  /** Aborting it ends the run in order: what is under way finishes or stops waiting, and is recorded. */
  signal?: AbortSignal;
  /** Destroy only: protected resources and what they stand on are kept, instead of refusing as a whole. */
  excludeProtected?: boolean;
  /** Preview only: as if nothing were deployed. */
  fromScratch?: boolean;
  /** How the program is run; default: as a Node process, as the Pulumi CLI does. */
  startProgram?: ProgramStarter;
}

export interface RunResult {
  ok: boolean;
  interrupted: boolean;
  /** Steps by kind; everything but "same", "read" and "refresh" is a change. */
  counts: Partial<Record<Op, number>>;
  /** What went wrong, without secrets. */
  failures: string[];
  /** The stack's outputs with their secret marks. */
  outputs: Properties;
}

/** Resource operations at the same time; most of them only wait. */
const parallel = Math.max(16, 4 * availableParallelism());

export async function runStack(options: RunOptions): Promise<RunResult> {
  const { operation, stack, stateDir } = options;
  const started = performance.now();
  const dryRun = operation === "preview";
  const settings = readSettings(options.projectDir, stack, options.configFile, options.passphrase);
  if (!dryRun) refuseEncrypted(settings);

  if (options.fromScratch && !dryRun) throw new Error("only a preview can start from scratch");
  const store = options.fromScratch
    ? StackStore.empty(stateDir, stack)
    : dryRun
      ? StackStore.read(stateDir, stack)
      : StackStore.lock(stateDir, stack);
  const providers = new Providers({
    packages: options.packages,
    config: settings.config,
    recorded: (reference) => store.resources.find((resource) => providerReference(resource) === reference),
  });
  const signal = options.signal ?? new AbortController().signal;
  const run = new Run({ store, providers, settings, dryRun, signal, parallel, onEvent: options.onEvent });
  for (const { inputs, outputs } of store.resources) {
    run.redactor.learn(inputs);
    run.redactor.learn(outputs);
  }
  try {
    run.emit({ type: "start", operation, stack, project: settings.project });
    if (settings.encryptedKeys.length) {
      run.log(
        "warning",
        `only the Pulumi CLI can decrypt ${settings.encryptedKeys.join(", ")}: placeholders stand in for them`,
      );
    }
    if (options.refresh) await refreshAll(run);
    if (!run.stopping) {
      if (operation === "destroy") await removeStack(run, options.excludeProtected ?? false);
      else await runProgram(run, options);
    }
  } catch (error) {
    run.fail((error as Error).message);
  } finally {
    await run.quiet();
    await providers.close();
    store.close();
  }

  const interrupted = signal.aborted;
  const ok = !interrupted && run.failures.length === 0;
  const outputs = store.outputs ?? {};
  for (const failure of run.failures) run.log("error", failure);
  const shown = Object.fromEntries(
    Object.entries(outputs).map(([key, value]): [string, Value] => [key, mask(value)]),
  );
  const seconds = (performance.now() - started) / 1000;
  run.emit({ type: "end", operation, ok, interrupted, counts: run.counts, outputs: shown, seconds });
  return { ok, interrupted, counts: run.counts, failures: run.failures, outputs };
}

/** Runs the program, and deletes afterwards what it no longer names, if all went well. */
async function runProgram(run: Run, options: RunOptions): Promise<void> {
  const { stateDir, projectDir, startProgram = startNodeProgram } = options;
  const program = await startProgram({
    handler: handlerOf(run, stateDir),
    settings: run.settings,
    projectDir,
    dryRun: run.dryRun,
    parallel,
    onLine: (line, stream) => {
      if (line && !run.stopping) run.log(stream === "stderr" ? "warning" : "info", line);
    },
  });
  try {
    const ended = await Promise.race([program.ended, run.stopped.then(() => "stopped" as const)]);
    await run.quiet();
    if (run.stopping) return;
    if (ended !== undefined)
      run.fail(ended || `the program failed, as reported above${run.dryRun ? "" : "; nothing was deleted"}`);
    else await removeLeftovers(run);
  } finally {
    program.stop();
  }
}

function refuseEncrypted({ stack, encryptedKeys }: StackSettings): void {
  if (!encryptedKeys.length) return;
  throw new Error(
    `stack ${stack} has encrypted values (${encryptedKeys.join(", ")}): the embedded engine is for local stacks, ` +
      `whose files have an encryptionsalt. Use the Pulumi CLI for ${stack}; a preview works here, with placeholders`,
  );
}

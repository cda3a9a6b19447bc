// Runs our Pulumi program in this process instead of one of its own: the SDK is loaded once for all stacks. One at a time.
import { runtime } from "@pulumi/pulumi";
import { organization } from "../../engine/config.ts";
import { serveMonitor } from "../../engine/monitor.ts";
import type { ProgramStarter } from "../../engine/program.ts";

/** Declared by the SDK for its own use: registrations go on after the program's end. */
const { resetOptions, waitForRPCs, disconnect } = runtime as unknown as {
  resetOptions: (
    project: string,
    stack: string,
    parallel: number,
    engine: string,
    monitor: string,
    dryRun: boolean,
    organization: string,
  ) => void;
  waitForRPCs: () => Promise<void>;
  disconnect: () => Promise<void>;
};

export const startInProcess: ProgramStarter = async ({ handler, settings, dryRun, parallel }) => {
  const monitor = await serveMonitor(handler, settings);
  const { address } = monitor;
  // What a program's outputs fail with is no return value of its run.
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => undefined);
  process.once("unhandledRejection", fail);
  const run = async (): Promise<string | undefined> => {
    resetOptions(settings.project, settings.stack, parallel, address, address, dryRun, organization);
    runtime.setAllConfig(settings.config, settings.secretKeys);
    const { default: program } = await import("../../../../stacks/index.ts");
    try {
      await Promise.race([failed, runtime.runInPulumiStack(program).then(waitForRPCs)]);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    } finally {
      process.removeListener("unhandledRejection", fail);
    }
  };
  const ended = run();
  const stop = (): void => {
    // Messages to the log are on their way when a program ends: the connections close after them.
    void ended.then(disconnect).then(() => monitor.close());
  };
  return { ended, stop };
};

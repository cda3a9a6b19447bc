// One operation on one stack, by the engine that was asked for.
import type { SessionOptions } from "../engine/session.ts";

export type StackOperation = "preview" | "up" | "destroy";

export interface StackCommandOptions extends Pick<SessionOptions, "json" | "onEvent" | "signal"> {
  engine: "embedded" | "pulumi";
  refresh?: boolean;
  expectNoChanges?: boolean;
  /** Destroy without asking. */
  yes?: boolean;
}

/** Runs the operation and shows it on the terminal. Returns the exit code. */
export async function runStackCommand(
  operation: StackOperation,
  stack: string,
  { engine, ...options }: StackCommandOptions,
): Promise<number> {
  if (engine === "pulumi") {
    const { runPulumi } = await import("../pulumiCli.ts");
    return runPulumi(operation, stack, options);
  }
  switch (operation) {
    case "preview":
      return (await import("./preview.ts")).preview(stack, options);
    case "up": {
      const { exitCode, runLocalStack } = await import("../engine/session.ts");
      return exitCode(await runLocalStack({ operation, stack, refresh: options.refresh }, options));
    }
    case "destroy":
      return (await import("./destroyStack.ts")).destroyStack(stack, options);
  }
}

// For tests: operations of a Pulumi program by the embedded engine, on a cluster alone.
import assert from "node:assert/strict";
import { join } from "node:path";
import { engine, type RunOptions, type RunResult } from "../../local/index.ts";

type Program = Pick<RunOptions, "projectDir" | "stack" | "configFile" | "passphrase">;

/** Counts of its steps; what happened last is told when it fails. There is no Azure. */
export const pulumiIn =
  (folder: string, program: Program) =>
  async (operation: "up" | "preview" | "destroy"): Promise<RunResult["counts"]> => {
    const { runStack, localPackages } = await engine();
    const events: object[] = [];
    const { ok, failures, counts } = await runStack({
      ...program,
      operation,
      stateDir: join(folder, "pulumi"),
      packages: localPackages({ configure: () => Promise.reject(new Error("there is no Azure")) }),
      onEvent: (event) => void events.push(event),
      signal: AbortSignal.timeout(400_000),
    });
    const last = events.slice(-20).map((event) => JSON.stringify(event));
    assert.ok(ok, [operation, ...failures, ...last].join("\n"));
    return counts;
  };

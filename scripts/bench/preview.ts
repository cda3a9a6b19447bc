// Whole previews as a person waits for them, by the embedded engine: our programs, and the same ones through ts-node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../local/index.ts";
import { bestOf, type Run, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";
import { withCommonJsCopy } from "./tsNode.ts";

const main = join(projectRoot, "scripts/local/main.ts");
/** Counts, as `previewFolder.ts` prints them. */
const counts = /^\{.*\}$/;

/** A preview of a stack that is not there at all, and one of a stack that stands unchanged in a running environment. */
export async function benchPreview(report: (line: string) => void): Promise<Measurement[]> {
  const state = mkdtempSync(join(tmpdir(), "spot-balancer-bench-"));
  const local = (args: string[]) => runNode([main, ...args], { SPOT_BALANCER_STATE: state });
  try {
    return await withCommonJsCopy(async (copy) => {
      const previewOf = (folder: string, stack: string, env: NodeJS.ProcessEnv) =>
        runNode([join(import.meta.dirname, "previewFolder.ts"), folder, stack], {
          SPOT_BALANCER_STATE: state,
          ...env,
        });
      const byTsNode = (stack: string) =>
        previewOf(copy, stack, {
          PULUMI_NODEJS_TYPESCRIPT: "true",
          TS_NODE_CACHE_DIRECTORY: join(copy, "cache"),
        });
      // As in a pipeline, where nothing has been compiled before.
      let run = 0;
      const created = await bestOf(3, () =>
        previewOf(projectRoot, "base-dev", { NODE_COMPILE_CACHE: join(copy, `node-cache-${run++}`) }),
      );
      const createdByTsNode = await byTsNode("base-dev");
      // As at a desk, again and again.
      report("preview: bringing up an environment with base-local");
      await local(["up"]);
      await local(["up", "base-local"]);
      const cached = { NODE_COMPILE_CACHE: join(copy, "node-cache") };
      const unchanged = await bestOf(4, () => previewOf(projectRoot, "base-local", cached));
      const unchangedByTsNode = await bestOf(2, () => byTsNode("base-local"));
      const command = await bestOf(3, () => local(["preview", "base-local", "--expect-no-changes"]));
      return [
        ...compared(report, "new", created, createdByTsNode, "by Pulumi's ts-node"),
        ...compared(report, "unchanged", unchanged, unchangedByTsNode, "by Pulumi's ts-node, with its cache"),
        ...compared(report, "command", command, unchanged, "without the command line around it"),
      ];
    });
  } finally {
    await local(["down"]);
    rmSync(state, { recursive: true });
  }
}

function compared(
  report: (line: string) => void,
  name: string,
  own: Run,
  other: Run,
  against: string,
): Measurement[] {
  if (counts.test(own.stdout) && counts.test(other.stdout) && own.stdout !== other.stdout)
    throw new Error(`preview: ${name}: expected the same of both, got ${own.stdout} and ${other.stdout}`);
  report(`preview: ${name}: ${own.wallSeconds.toFixed(2)} s, ${own.cpuSeconds.toFixed(2)} s of CPU`);
  return [
    measurement(`preview.${name}.wall`, own.wallSeconds, "s", against, other.wallSeconds),
    measurement(`preview.${name}.cpu`, own.cpuSeconds, "s", against, other.cpuSeconds),
  ];
}

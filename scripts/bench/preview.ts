// Whole previews as a person waits for them, by the embedded engine: our programs, and the same ones through ts-node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../local/environment.ts";
import { bestOf, type Run, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";
import { withCommonJsCopy } from "./tsNode.ts";

const main = join(projectRoot, "scripts/local/main.ts");

/** A preview of a stack that is not there at all, and one of a stack that stands unchanged in a running environment. */
export async function benchPreview(report: (line: string) => void): Promise<Measurement[]> {
  const state = mkdtempSync(join(tmpdir(), "spot-balancer-bench-"));
  const local = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    runNode([main, ...args], { SPOT_BALANCER_STATE: state, ...env });
  try {
    return await withCommonJsCopy(async (copy) => {
      const byTsNode = (stack: string, cache: string) =>
        runNode([join(import.meta.dirname, "previewByTsNode.ts"), copy, stack], {
          SPOT_BALANCER_STATE: state,
          PULUMI_NODEJS_TYPESCRIPT: "true",
          TS_NODE_CACHE_DIRECTORY: join(copy, cache),
        });
      // As in a pipeline, where nothing has been compiled before.
      let run = 0;
      const fresh = () => ({ NODE_COMPILE_CACHE: join(copy, `node-cache-${run++}`) });
      const created = await bestOf(3, () => local(["preview", "base-dev"], fresh()));
      const createdByTsNode = await byTsNode("base-dev", "cache-new");
      // As at a desk, again and again.
      report("preview: bringing up an environment with base-local");
      await local(["up"]);
      await local(["up", "base-local"]);
      const unchanged = await bestOf(4, () => local(["preview", "base-local", "--expect-no-changes"]));
      const unchangedByTsNode = await bestOf(2, () => byTsNode("base-local", "cache-new"));
      return [
        ...compared(report, "new", created, createdByTsNode, "by Pulumi's ts-node"),
        ...compared(report, "unchanged", unchanged, unchangedByTsNode, "by Pulumi's ts-node, with its cache"),
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
  report(`preview: ${name}: ${own.wallSeconds.toFixed(2)} s, ${own.cpuSeconds.toFixed(2)} s of CPU`);
  return [
    measurement(`preview.${name}.wall`, own.wallSeconds, "s", against, other.wallSeconds),
    measurement(`preview.${name}.cpu`, own.cpuSeconds, "s", against, other.cpuSeconds),
  ];
}

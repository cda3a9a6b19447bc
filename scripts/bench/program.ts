// Loading a layer's program as Node does, beside the same program loaded by Pulumi's default, ts-node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../local/environment.ts";
import { bestOf, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";
import { withCommonJsCopy } from "./tsNode.ts";

const layers = ["base", "db", "deploy"];

export async function benchProgram(report: (line: string) => void): Promise<Measurement[]> {
  const compileCache = mkdtempSync(join(tmpdir(), "spot-balancer-bench-"));
  try {
    return await withCommonJsCopy(async (copy) => {
      const figures: Measurement[] = [];
      for (const layer of layers) {
        const file = join(projectRoot, "stacks", layer, "index.ts");
        const args = ["--input-type=module", "--eval", `await import("${pathToFileURL(file).href}")`];
        const loaded = await bestOf(3, () => runNode(args, { NODE_COMPILE_CACHE: undefined }));
        // The first of them fills the cache.
        const again = await bestOf(4, () => runNode(args, { NODE_COMPILE_CACHE: compileCache }));
        const byTsNode = await runNode([join(import.meta.dirname, "loadByTsNode.ts"), copy, layer]);
        report(
          `program: ${layer} loads in ${loaded.cpuSeconds.toFixed(2)} s of CPU, ` +
            `${again.cpuSeconds.toFixed(2)} s with what Node compiled before, best of 3`,
        );
        const against = "by Pulumi's ts-node";
        figures.push(
          measurement(`program.${layer}.cpu`, loaded.cpuSeconds, "s", against, byTsNode.cpuSeconds),
          measurement(`program.${layer}.again.cpu`, again.cpuSeconds, "s", against, byTsNode.cpuSeconds),
          measurement(`program.${layer}.peak`, loaded.peakMebibytes, "MiB", against, byTsNode.peakMebibytes),
        );
      }
      return figures;
    });
  } finally {
    rmSync(compileCache, { recursive: true });
  }
}

// Loading a layer's program as Node does, beside the same program loaded by Pulumi's default, ts-node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../local/index.ts";
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
        // The first run with a cache fills it; both sides have one, ours of Node, theirs of ts-node.
        const again = await bestOf(4, () => runNode(args, { NODE_COMPILE_CACHE: compileCache }));
        const env = { TS_NODE_CACHE_DIRECTORY: join(copy, `cache-${layer}`) };
        const byTsNode = () => runNode([join(import.meta.dirname, "loadByTsNode.ts"), copy, layer], env);
        const checked = await byTsNode();
        const cached = await bestOf(2, byTsNode);
        report(
          `program: ${layer} loads in ${loaded.cpuSeconds.toFixed(2)} s of CPU, ` +
            `${again.cpuSeconds.toFixed(2)} s with what was compiled before, best of 3`,
        );
        const against = "by Pulumi's ts-node";
        const whenCached = `${against}, with its cache`;
        figures.push(
          measurement(`program.${layer}.cpu`, loaded.cpuSeconds, "s", against, checked.cpuSeconds),
          measurement(`program.${layer}.again.cpu`, again.cpuSeconds, "s", whenCached, cached.cpuSeconds),
          measurement(`program.${layer}.peak`, loaded.peakMebibytes, "MiB", against, checked.peakMebibytes),
        );
      }
      return figures;
    });
  } finally {
    rmSync(compileCache, { recursive: true });
  }
}

// Loading a layer's program as Pulumi's host does, beside the SDK that any Pulumi program loads.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../local/index.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { bestOf, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";

const layers = ["base", "db", "deploy"];
const loading = (module: string) => ["--input-type=module", "--eval", `await import("${module}")`];

export async function benchProgram(report: (line: string) => void): Promise<Measurement[]> {
  using cache = temporaryFolder();
  const sdk = await bestOf(3, () => runNode(loading("@pulumi/pulumi"), { NODE_COMPILE_CACHE: undefined }));
  const against = "Pulumi's SDK alone";
  const figures: Measurement[] = [];
  for (const layer of layers) {
    const args = loading(pathToFileURL(join(projectRoot, "stacks", layer, "index.ts")).href);
    const loaded = await bestOf(3, () => runNode(args, { NODE_COMPILE_CACHE: undefined }));
    // The first run with a cache fills it.
    const again = await bestOf(4, () => runNode(args, { NODE_COMPILE_CACHE: cache.path }));
    report(
      `program: ${layer} loads in ${loaded.cpuSeconds.toFixed(2)} s of CPU, ` +
        `${again.cpuSeconds.toFixed(2)} s with what was compiled before, best of 3`,
    );
    figures.push(
      measurement(`program.${layer}.cpu`, loaded.cpuSeconds, "s", against, sdk.cpuSeconds),
      measurement(`program.${layer}.again.cpu`, again.cpuSeconds, "s", "the first time", loaded.cpuSeconds),
      measurement(`program.${layer}.peak`, loaded.peakMebibytes, "MiB", against, sdk.peakMebibytes),
    );
  }
  return figures;
}

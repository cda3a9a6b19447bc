// Loading a layer's program as Node does, beside the type check that Pulumi's default (ts-node) puts in front of it.
//
// ts-node itself cannot be measured on these programs: what Pulumi ships (7.0.1) hooks into CommonJS only, and leaves
// ES modules to Node. The check is what it would add to every run.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../local/environment.ts";
import { bestOf, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";

const layers = ["base", "db", "deploy"];

export async function benchProgram(report: (line: string) => void): Promise<Measurement[]> {
  const figures: Measurement[] = [];
  for (const layer of layers) {
    const file = join(projectRoot, "stacks", layer, "index.ts");
    const source = `await import(${JSON.stringify(pathToFileURL(file).href)})`;
    const loaded = await bestOf(3, () => runNode(["--input-type=module", "--eval", source]));
    const checked = await runNode([join(import.meta.dirname, "typeCheck.ts"), file]);
    report(`program: ${layer} loads in ${loaded.cpuSeconds.toFixed(2)} s of CPU, best of 3`);
    const against = "the type check that ts-node adds";
    figures.push(
      measurement(`program.${layer}.cpu`, loaded.cpuSeconds, "s", against, checked.cpuSeconds),
      measurement(`program.${layer}.peak`, loaded.peakMebibytes, "MiB", against, checked.peakMebibytes),
    );
  }
  return figures;
}

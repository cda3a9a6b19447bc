// The balancer's start: as the bundle that the CronJob runs, beside the same program from its files.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { entryFile } from "../../balancer/index.ts";
import { bundle } from "../../stacks/deploy/bundle.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { bestOf, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";

/** The program as one file, for as long as `use` takes. */
export async function withBundle<T>(use: (file: string) => Promise<T>): Promise<T> {
  using folder = temporaryFolder();
  const file = join(folder.path, "main.mjs");
  writeFileSync(file, gunzipSync((await bundle(entryFile)).gzip));
  return await use(file);
}

export async function benchBundle(report: (line: string) => void): Promise<Measurement[]> {
  const started = await withBundle((file) => bestOf(5, () => runNode([file, "--help"])));
  const unbundled = await bestOf(2, () => runNode([entryFile, "--help"]));
  report(`bundle: ${started.cpuSeconds.toFixed(2)} s of CPU to its help text, best of 5`);
  const against = "unbundled";
  return [
    measurement("bundle.start.cpu", started.cpuSeconds, "s", against, unbundled.cpuSeconds),
    measurement("bundle.start.peak", started.peakMebibytes, "MiB", against, unbundled.peakMebibytes),
  ];
}

// `npm run chart -- --out DIR`: the Helm chart, made from the same manifests as every other way to install the balancer.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { chartFiles } from "./chart/files.ts";

const program = new Command("npm run chart --")
  .description("The balancer's Helm chart, as a folder.")
  .requiredOption("--out <folder>", "where the chart goes; what is there is replaced")
  .option(
    "--image <image>",
    "the image that the chart installs; omitted: the program as a ConfigMap of the chart",
  );

const { out, image } = program.parse().opts<{ out: string; image?: string }>();
const files = await chartFiles(image);
rmSync(out, { recursive: true, force: true });
for (const [path, text] of files) {
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
process.stdout.write(`${files.size} files of the chart are in ${out}\n`);

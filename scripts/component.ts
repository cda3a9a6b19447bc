// `npm run component -- --out DIR`: the npm package `spot-balancer`, with the component for Pulumi programs in TypeScript.
import { Command } from "commander";
import { writePackage } from "./component/package.ts";

const program = new Command("npm run component --")
  .description("The npm package with the Pulumi component, as a folder that `npm publish` takes.")
  .requiredOption("--out <folder>", "where the package goes; what is there is replaced");

const { out } = program.parse().opts<{ out: string }>();
await writePackage(out);
process.stdout.write(`The package is in ${out}\n`);

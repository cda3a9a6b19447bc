// Loads one layer's program from a CommonJS copy, with the options that Pulumi's host gives ts-node:
// node loadByTsNode.ts <folder of the copy> <layer>. The options follow cmd/run/run.js of @pulumi/pulumi.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, layer] = process.argv.slice(2) as [string, string];
process.chdir(folder);
const require = createRequire(join(folder, "package.json"));
const { compilerOptions } = JSON.parse(readFileSync("tsconfig.json", "utf8")) as { compilerOptions: object };
const { register } = require("@pulumi/pulumi/vendor/ts-node@7.0.1") as {
  register: (options: object) => unknown;
};
register({
  compiler: "typescript",
  project: "tsconfig.json",
  skipProject: false,
  compilerOptions: { ...compilerOptions, sourceMap: "true" },
});
require(join(folder, "stacks", layer, "index.ts"));

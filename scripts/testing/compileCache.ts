// Keeps what Node compiled for the next run of tests, and for the programs that they start: a second of each process, and a
// quarter of the CPU of a whole run. Not in node_modules, which `npm ci` empties.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
// eslint-disable-next-line import-x/no-restricted-paths -- its face loads what is to be kept compiled
import { compileCache } from "../local/environment.ts";

/** Some 120 MB; each path and each change of a file adds one, and Node takes none away. */
const mostFiles = 20_000;

if (process.env["MOCHA_WORKER_ID"] === undefined && existsSync(compileCache)) {
  const files = readdirSync(compileCache, { recursive: true });
  if (files.length > mostFiles) rmSync(compileCache, { recursive: true, force: true });
}
enableCompileCache(compileCache);
process.env["NODE_COMPILE_CACHE"] = compileCache;

// Keeps what Node compiled for the next run of tests, and for the programs that they start: a second of each process, and a
// quarter of the CPU of a whole run. Not in node_modules, which `npm ci` empties.
import { enableCompileCache } from "node:module";
// eslint-disable-next-line import-x/no-restricted-paths -- its face loads what is to be kept compiled
import { compileCache } from "../local/environment.ts";

enableCompileCache(compileCache);
process.env["NODE_COMPILE_CACHE"] = compileCache;

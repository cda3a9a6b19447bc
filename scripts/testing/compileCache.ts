// Keeps what Node compiled for the next run of tests, and for the programs that they start: a second of each process.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../node_modules/.cache/node");
enableCompileCache(folder);
process.env["NODE_COMPILE_CACHE"] = folder;

// Runs in the pod before the program does (node --import): unpacks it to the path that Node is about to load.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { URL } from "node:url";
import { gunzipSync } from "node:zlib";

writeFileSync(process.argv[1], gunzipSync(readFileSync(new URL("main.mjs.gz", import.meta.url))));

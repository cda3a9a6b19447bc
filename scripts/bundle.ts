// `node scripts/bundle.ts ENTRY FILE`: one of our programs as a single module, as the Dockerfiles need it.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { bundle } from "../stacks/deploy/bundle.ts";

const [entry, file] = process.argv.slice(2);
if (entry === undefined || file === undefined) {
  process.stderr.write("expected the path of a TypeScript file, and where its bundle goes\n");
  process.exit(2);
}
const { gzip } = await bundle(entry);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, gunzipSync(gzip));

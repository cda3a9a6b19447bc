// Our programs as one file each: built in process, so that nothing must be built before a preview.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { shippedAs } from "../../balancer/index.ts";

export interface Bundle {
  /** Minified ES module for Node 24 with everything in it, gzipped. */
  gzip: Buffer;
  /** Of the module itself: compressors differ from machine to machine. */
  sha256: string;
}

/** @param entry path of a TypeScript file */
export async function bundle(entry: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    ...shippedAs,
    write: false,
  });
  const [module] = outputFiles;
  if (!module) throw new Error(`esbuild made nothing of ${basename(entry)}`);
  return {
    gzip: gzipSync(module.contents, { level: 9 }),
    sha256: createHash("sha256").update(module.contents).digest("hex"),
  };
}

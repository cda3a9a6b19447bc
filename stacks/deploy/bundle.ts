// Our programs as one file each: built in process, so that nothing must be built before a preview.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { leaveOut } from "../../balancer/index.ts";

export interface Bundle {
  /** Minified ES module for Node 24 with everything in it, gzipped. */
  gzip: Buffer;
  /** Of the module itself: compressors differ from machine to machine. */
  sha256: string;
}

// Packages in CommonJS call `require` for Node's own modules; an ES module has none.
export const requireShim =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** @param entry path of a TypeScript file */
export async function bundle(entry: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    keepNames: true, // class names are in error messages
    legalComments: "none",
    banner: { js: requireShim },
    plugins: [leaveOut],
    write: false,
    logLevel: "silent",
  });
  const [module] = outputFiles;
  if (!module) throw new Error(`esbuild made nothing of ${basename(entry)}`);
  return {
    gzip: gzipSync(module.contents, { level: 9 }),
    sha256: createHash("sha256").update(module.contents).digest("hex"),
  };
}

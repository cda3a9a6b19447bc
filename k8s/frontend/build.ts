// The page as files: built by Vite once for each state of its source, and kept in node_modules/.cache.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = import.meta.dirname;
const cache = join(root, "../../node_modules/.cache/page");
/** All that the page is made from: the lock file stands for the packages. */
const sources = ["index.html", "vite.config.ts", "package.json", "page", "../../package-lock.json"];

/** @returns name of each file → its bytes */
export async function buildPage(): Promise<Map<string, Buffer>> {
  const folder = join(cache, hashOf(sources));
  if (!existsSync(folder)) await build(folder);
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (path: string) => hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  for (const path of paths) {
    const below = path.includes(".") ? [] : readdirSync(join(root, path), { recursive: true });
    const files = (below as string[]).filter((name) => /\.(tsx?|css)$/.test(name)).sort();
    if (below.length === 0) add(path);
    else for (const name of files) if (!name.endsWith(".test.ts")) add(join(path, name));
  }
  return hash.digest("hex").slice(0, 16);
}

/** In a process of its own: Vite changes NODE_ENV, and who previews a stack twice does not need it twice. */
async function build(folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, "new-"));
  const vite = join(dirname(fileURLToPath(import.meta.resolve("vite/package.json"))), "bin/vite.js");
  try {
    await promisify(execFile)(process.execPath, [vite, "build", "--outDir", fresh, "--emptyOutDir"], {
      cwd: root,
      env: { ...process.env, NODE_ENV: "production" },
    });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another program was faster.
    if (!existsSync(folder)) throw error;
  }
}

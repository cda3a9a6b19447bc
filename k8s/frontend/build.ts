// The page as files: built by Vite once for each state of its source, and kept in node_modules/.cache.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = import.meta.dirname;
const cache = join(root, "../../node_modules/.cache/page");
/** @returns name of each file → its bytes */
export async function buildPage(): Promise<Map<string, Buffer>> {
  const folder = join(cache, hashOfSources());
  if (!existsSync(folder)) await build(folder);
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

/** Of all that the page is made from; the lock file stands for the packages. */
function hashOfSources(): string {
  const parts = readdirSync(join(root, "page"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|css)$/.test(name) && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => join("page", name));
  const hash = createHash("sha256");
  for (const path of ["index.html", "vite.config.ts", "package.json", "../../package-lock.json", ...parts])
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
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

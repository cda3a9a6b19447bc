// The same programs as Pulumi's default runs them: CommonJS, transpiled and type-checked by the ts-node that it ships.
//
// That ts-node (7.0.1) hooks into CommonJS only and leaves ES modules like ours to Node, so what it gets is a copy whose
// imports and paths are spelled the CommonJS way; everything else is line by line the same.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../local/index.ts";

/** As tsconfig.json of this project, as far as it concerns checks; modules as in Pulumi's own templates. */
const compilerOptions = {
  target: "ES2024",
  lib: ["ES2024"],
  module: "commonjs",
  moduleResolution: "bundler",
  rootDir: ".",
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  esModuleInterop: true,
  types: ["node"],
};

/** ES module syntax that TypeScript does not turn into CommonJS by itself. */
const asCommonJs = (source: string): string =>
  source
    .replaceAll(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1"')
    .replaceAll("import.meta.dirname", "__dirname")
    .replaceAll("import.meta.resolve(", "((name: string) => `file://${require.resolve(name)}`)(")
    .replaceAll("import.meta.url", 'require("node:url").pathToFileURL(__filename)');

function copyAsCommonJs(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (!["testing", "node_modules"].includes(entry.name)) copyAsCommonJs(source, target);
    } else if (entry.name.endsWith(".ts")) {
      if (!entry.name.endsWith(".test.ts")) writeFileSync(target, asCommonJs(readFileSync(source, "utf8")));
    } else if (entry.isFile() && entry.name !== "package.json") cpSync(source, target); // one would say "module"
  }
}

/** A copy of the Pulumi project for as long as `use` takes. @param use gets its folder */
export async function withCommonJsCopy<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-bench-"));
  try {
    for (const part of ["stacks", "balancer", "k8s"])
      copyAsCommonJs(join(projectRoot, part), join(folder, part));
    cpSync(join(projectRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    // Of a CommonJS module Pulumi's host takes all exports for the program, where it takes the default one of others.
    const { main } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { main: string };
    writeFileSync(
      join(folder, "main.ts"),
      `import program from "./${main.replace(/\.ts$/, "")}";\nexport = program;\n`,
    );
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "copy", main: "main.ts" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules")); // last, and never followed
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

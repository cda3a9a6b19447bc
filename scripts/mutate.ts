// `npm run mutate -- <folder or file>…`: StrykerJS puts small faults into the code, one at a time, and tells which the tests let live.
import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { exitCodes } from "../balancer/failures.ts";

/** What can be asked for, and whose tests look for the faults: the workspace's own, because they need no cluster. */
const parts: Record<string, string> = {
  balancer: "balancer/**/!(*.cluster|*.slow).test.ts",
  stacks: "stacks/**/!(*.cluster|*.slow).test.ts",
  "scripts/local/engine": "scripts/local/engine/**/!(*.cluster|*.slow).test.ts",
  "scripts/simulate": "scripts/simulate/**/!(*.cluster|*.slow).test.ts",
  "k8s/backend/src": "k8s/backend/src/**/!(*.cluster|*.slow).test.ts",
};

const root = join(import.meta.dirname, "..");
const asked = process.argv.slice(2).map((path) => relative(root, join(process.cwd(), path)));
const unknown = asked.filter((path) => !partOf(path) || !existsSync(join(root, path)));
if (asked.length === 0 || unknown.length > 0) {
  const came = asked.length === 0 ? "nothing" : unknown.join(", ");
  process.stderr.write(
    `expected folders or files below ${Object.keys(parts).join(", ")}, got ${came}\n` +
      "for example: npm run mutate -- balancer/decide\n",
  );
  process.exit(exitCodes.badInput);
}

// A few cases of each property do: a fault that only many find is told as one that lives.
process.env["PROPERTY_RUNS"] ??= "0.2";
await new Stryker({
  mutate: asked.flatMap((path) =>
    statSync(join(root, path)).isDirectory()
      ? [`${path}/**/*.ts`, `!${path}/**/*.test.ts`, `!${path}/**/testing/**`, `!${path}/**/testdata/**`]
      : [path],
  ),
  // Not its Mocha runner: that one keeps one process, in which ES modules cannot be loaded anew, and fails with Mocha 12.
  testRunner: "tap",
  plugins: ["@stryker-mutator/tap-runner"],
  tap: {
    testFiles: [...new Set(asked.map((path) => parts[partOf(path)!]!))],
    nodeArgs: [
      ...["-r", "{{hookFile}}", "node_modules/mocha/bin/mocha.js", "--no-config", "--no-package"],
      ...["--timeout", "60000", "--reporter", "tap", "{{testFile}}"],
    ],
    forceBail: true,
  },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 30_000,
  incremental: true,
  incrementalFile: `.stryker/${asked.join("+").replaceAll("/", "-")}.json`,
  tempDirName: ".stryker/sandbox", // not below node_modules: Node strips no types there
  ignorePatterns: [".local", ".stryker", ".git"],
  // Types are stripped and not looked at: a fault that does not compile counts as found by its tests only.
  disableTypeChecks: false,
  reporters: ["clear-text", "progress-append-only"],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: process.stdout.isTTY },
  allowConsoleColors: process.stdout.isTTY,
}).runMutationTest();

/** The part that a path lies in. */
function partOf(path: string): string | undefined {
  return Object.keys(parts).find((part) => path === part || path.startsWith(`${part}/`));
}

// `npm run mutate -- <folder or file>…`: StrykerJS puts small faults into the code, one at a time, and tells which the tests let live.
import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { exitCodes } from "../balancer/failures.ts";
import { addFaults } from "./mutate/faults.ts";

/** What can be asked for. */
const parts = ["balancer", "stacks", "scripts/local/engine", "scripts/simulate", "k8s/backend/src"];

const root = join(import.meta.dirname, "..");
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    constants: { type: "boolean", default: false },
    every: { type: "string", default: "1" },
    tests: { type: "string", multiple: true },
  },
});
const asked = positionals.map((path) => relative(root, join(process.cwd(), path)));
const unknown = asked.filter((path) => !partOf(path) || !existsSync(join(root, path)));
if (asked.length === 0 || unknown.length > 0) {
  const came = asked.length === 0 ? "nothing" : unknown.join(", ");
  process.stderr.write(
    `expected folders or files below ${parts.join(", ")}, got ${came}\n` +
      "for example: npm run mutate -- balancer/decide\n",
  );
  process.exit(exitCodes.badInput);
}

// A few cases of each property do: a fault that only many find is told as one that lives.
process.env["PROPERTY_RUNS"] ??= "0.05";
process.env["LAWS_SEED"] ??= "1";
// What a fault keeps from coming about is not waited for as long as on a machine that is merely busy.
process.env["UNTIL_MS"] ??= "10000";
// What lives is written here while the run goes on, beside the report at its end.
process.env["MUTATE_LIVES"] ??= join(root, ".stryker/lives.txt");
await addFaults(root, Number(flags.every));
await new Stryker({
  mutate: asked.flatMap((path) =>
    statSync(join(root, path)).isDirectory()
      ? [`${path}/**/*.ts`, `!${path}/**/*.test.ts`, `!${path}/**/testing/**`, `!${path}/**/testdata/**`]
      : [path],
  ),
  // Its own Mocha runner (10.0) fails with Mocha 12, and its TAP runner starts every test file anew for every fault.
  testRunner: "mocha-modules",
  plugins: [join(root, "scripts/mutate/runner.ts")],
  // The programs first: tests import them when they run, and what runs while they load would count as theirs.
  mochaFiles: [
    ...new Set(asked.flatMap((path) => [...programsIn(path), ...(flags.tests ?? testsFor(path))])),
  ],
  coverageAnalysis: "perTest",
  concurrency: 1,
  timeoutMS: 90_000, // more than Mocha's own, which tells what hangs; what runs in circles mostly meets Stryker's limit of hits
  mutator: { excludedMutations: ["StringLiteral", "Regex"] }, // texts are for people
  // What runs while modules are loaded needs a new process for each fault, and all tests.
  ignoreStatic: !flags.constants,
  incremental: flags.every === "1",
  incrementalFile: `.stryker/${asked.join("+").replaceAll("/", "-").slice(0, 200)}.json`,
  tempDirName: ".stryker/sandbox", // not below node_modules: Node strips no types there
  ignorePatterns: [".local", ".stryker", ".git"],
  // Types are stripped and not looked at: a fault that does not compile counts as found by its tests only.
  disableTypeChecks: false,
  reporters: ["clear-text", "progress-append-only", "lives"],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: process.stdout.isTTY },
  allowConsoleColors: process.stdout.isTTY,
}).runMutationTest();

/** The part that a path lies in. */
function partOf(path: string): string | undefined {
  return parts.find((part) => path === part || path.startsWith(`${part}/`));
}

function programsIn(path: string): string[] {
  return partOf(path) === "stacks" ? ["stacks/{base,db,deploy}/index.ts"] : [];
}

/**
 * Whose tests look for the faults: the tables beside it. What laws find besides hangs on what they happen to generate;
 * others run whole programs, or histories of many rounds.
 */
function testsFor(path: string): string[] {
  const own = "!(*.cluster|*.slow|*.rounds|*.laws).test.ts";
  const [area] = /^(balancer|stacks|k8s\/backend\/src)\/[^/.]+/.exec(path) ?? [];
  return area && (existsSync(join(root, area)) || existsSync(join(root, `${area}.test.ts`)))
    ? [`${area}/**/${own}`, `${area}.test.ts`]
    : [`${partOf(path)}/**/${own}`];
}

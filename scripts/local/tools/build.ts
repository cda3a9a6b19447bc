// Builds tools with Go from the pinned module: go.sum makes sure that the source is what was chosen here. All of them in
// one run, so that what they share is compiled once and no processor waits for one program's last package or link.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildFlags } from "./goModule.ts";
import { goOptions, packageSizes, type Sizes } from "./packages.ts";
import type { GoProgram } from "./table.ts";
import { formatVersion, type Version } from "./version.ts";

export interface Build {
  go: GoProgram;
  version: Version;
}

export interface BuildOptions {
  /** Lets everything else go first. */
  background?: boolean;
  progress: (state: BuildState) => void;
  signal: AbortSignal;
}

export interface BuildState {
  /** Programs that are done. */
  programs: number;
  /** Packages that Go has begun, of all that the programs consist of; 0 while their sources are still brought. */
  packages: number;
  allPackages: number;
  /** Of their source. */
  share: number;
}

/** Builds into `folder` and returns the executables, in the order of `builds`. Throws with the end of what Go said. */
export async function buildTools(
  go: string,
  builds: readonly Build[],
  folder: string,
  options: BuildOptions,
): Promise<string[]> {
  const files = builds.map(({ go: program }) => join(folder, executableName(program.package)));
  const tags = `-tags=${[...new Set(builds.flatMap(({ go: program }) => program.tags ?? []))].join(",")}`;
  const packages = builds.map(({ go: program }) => program.package);
  const state: BuildState = { programs: 0, packages: 0, allPackages: 0, share: 0 };
  options.progress(state);
  const sizes = await packageSizes(go, [tags, ...packages], options.signal);
  state.allPackages = sizes.count;
  const watch = setInterval(() => {
    state.programs = files.filter((file) => existsSync(file)).length;
    options.progress(state);
  }, 1_000);
  try {
    const flags = ["-v", ...buildFlags, tags, ...builds.map(linkerFlags)];
    await run(go, ["build", ...flags, `-o=${folder}/`, ...packages], sizes, state, options);
  } finally {
    clearInterval(watch);
  }
  return files;
}

/** Of this program alone: each has its version in variables of its own, or of a module that others use, too. */
function linkerFlags({ go: { package: name, versionVariables = [] }, version }: Build): string {
  const values = versionVariables.map((variable) => `-X ${variable}=${versionValue(variable, version)}`);
  return `-ldflags=${name}=${["-s -w", ...values].join(" ")}`;
}

/** Prometheus' releases name themselves without the `v`. */
function versionValue(variable: string, version: Version): string {
  return (variable.startsWith("github.com/prometheus/") ? "" : "v") + formatVersion(version);
}

/** As Go names it: the last part of its path that is no major version. */
const executableName = (program: string): string =>
  program
    .split("/")
    .filter((part, index) => index === 0 || !/^v\d+$/.test(part))
    .at(-1)!;

async function run(
  go: string,
  args: string[],
  sizes: Sizes,
  state: BuildState,
  { background, signal }: BuildOptions,
): Promise<void> {
  const child = spawn(go, args, { ...goOptions, stdio: ["ignore", "ignore", "pipe"], signal });
  // The compilers that it starts inherit it.
  if (background && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const said: string[] = [];
  createInterface(child.stderr).on("line", (line) => {
    const size = sizes.of(line);
    if (size === undefined) said.push(line);
    else {
      state.packages += 1;
      state.share += size;
    }
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`go build failed:\n${said.slice(-12).join("\n")}`);
}

// Programs that are on this machine already: named by an environment variable, or found on PATH.
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { ToolSpec } from "./table.ts";
import { formatVersion, parseVersion, type Version } from "./version.ts";

export interface Installed {
  /** Path of the executable, when one was found that will do. */
  file?: string;
  /** Why others were ignored. */
  notes: string[];
}

/** Environment variable that names the executable: `SPOT_BALANCER_KUBE_APISERVER`. */
export const toolVariable = (name: string): string =>
  `SPOT_BALANCER_${name.toUpperCase().replaceAll("-", "_")}`;

/** Looks at the tool's environment variable, then on PATH, and asks what it finds for its version. */
export async function findInstalled(
  tool: ToolSpec,
  wanted: Version,
  env: NodeJS.ProcessEnv,
): Promise<Installed> {
  const notes: string[] = [];
  const variable = toolVariable(tool.name);
  const named = env[variable];
  const candidates = [
    ...(named ? [{ file: named, origin: `${variable}=${named}` }] : []),
    ...onPath(tool.name, env["PATH"] ?? "").map((file) => ({ file, origin: `${file}, found on PATH,` })),
  ];
  for (const { file, origin } of candidates) {
    const unfit = await whyUnfit(tool, file, wanted);
    if (unfit === undefined) return { file, notes };
    notes.push(`${origin} is ignored: ${unfit}`);
  }
  return { notes };
}

/** Executable files of this name in the folders of PATH, in order. */
export function onPath(name: string, path: string): string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Why the program at `file` will not do, or undefined when it will. */
export async function whyUnfit(tool: ToolSpec, file: string, wanted: Version): Promise<string | undefined> {
  const asked = tool.versionArguments ?? ["--version"];
  let output: string;
  try {
    const { stdout, stderr } = await promisify(execFile)(file, asked, { timeout: 10_000 });
    output = stdout + stderr;
  } catch (error) {
    return `it does not answer to ${asked.join(" ")} (${firstLine((error as Error).message)})`;
  }
  const found = parseVersion(output);
  if (!found) return `it tells no version (${firstLine(output)})`;
  const fits = tool.compatible?.(found, wanted) ?? formatVersion(found) === formatVersion(wanted);
  return fits
    ? undefined
    : `it is version ${formatVersion(found)}, which cannot stand in for ${formatVersion(wanted)}`;
}

const firstLine = (text: string): string => text.trim().split("\n", 1)[0] ?? "";

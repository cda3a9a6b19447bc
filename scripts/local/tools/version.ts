// Versions of programs: three numbers, found in what a program, go.mod or requirements.txt says.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Version {
  major: number;
  minor: number;
  patch: number;
}

/** The first `1.2.3` in a text, such as the output of `--version`. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
}

export const formatVersion = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`;

export const sameMinor = (a: Version, b: Version): boolean => a.major === b.major && a.minor === b.minor;

export function atLeast(found: Version, lowest: string): boolean {
  const bound = parseVersion(lowest)!;
  const difference = found.major - bound.major || found.minor - bound.minor || found.patch - bound.patch;
  return difference >= 0;
}

/** Folder of the pinned go.mod. */
export const goModuleDir = import.meta.dirname;

/** Text of the go.mod in a folder. */
export const goModOf = (folder = goModuleDir): string => readFileSync(join(folder, "go.mod"), "utf8");

/** Version that a go.mod requires of a module. */
export function requiredVersion(module: string, goMod = goModOf()): Version {
  const line = goMod.split("\n").find((line) =>
    line
      .trim()
      .replace(/^require /, "")
      .startsWith(`${module} v`),
  );
  const version = line && parseVersion(line.slice(line.indexOf(module) + module.length));
  if (!version) throw new Error(`the go.mod below scripts/local/tools requires no version of ${module}`);
  return version;
}

/** Wheels by name, version and checksums, as pip reads them. */
export const wheelsFile = join(import.meta.dirname, "requirements.txt");

export function wheelVersion(name: string): Version {
  const [, version] = new RegExp(`^${name}==(\\S+)`, "m").exec(readFileSync(wheelsFile, "utf8")) ?? [];
  const parsed = version === undefined ? undefined : parseVersion(version);
  if (!parsed) throw new Error(`${wheelsFile} pins no version of ${name}`);
  return parsed;
}

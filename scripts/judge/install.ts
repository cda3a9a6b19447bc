// Judges that others wrote, from Go modules, PyPI and npm: pinned, and installed once for all checkouts of this machine.
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, madeOnce, noDebugInfo } from "../local/index.ts";

const run = promisify(execFile);

/** A program that `go install` builds. Go holds its source, and all that it needs, against the checksum database. */
export interface GoJudge {
  name: string;
  /** Path of the main package. */
  package: string;
  /** `v1.2.3` */
  version: string;
}

/** Installs it where it is not yet, and returns the path of the executable. */
export async function ensureGoJudge({ name, package: path, version }: GoJudge): Promise<string> {
  const folder = await once(`${name}-${version}`, (draft) =>
    run("go", ["install", `${path}@${version}`], {
      env: {
        ...process.env,
        GOBIN: draft,
        GOFLAGS: `-trimpath ${noDebugInfo}`,
        GOWORK: "off",
        CGO_ENABLED: "0",
      },
    }).catch(needs(`go is needed to build ${name}`)),
  );
  return join(folder, name);
}

/**
 * Installs Python packages into a folder of their own, and returns it: PYTHONPATH, with the programs in `bin`.
 * @param name says what is in it, with versions: another set of packages needs another name
 * @param packages `name==version`, or `-r` and a file
 */
export const ensurePythonJudges = (name: string, packages: readonly string[]): Promise<string> =>
  once(name, (draft) =>
    // --target rather than a venv: the folder may be moved.
    run("python3", [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", draft],
      ...packages,
    ]).catch(needs(`python3 (3.11 or newer) with pip is needed to install ${name}`)),
  );

/** The same for one judge and all that it needs, as `<name>.txt` beside this file pins them. */
export function ensurePythonJudge(name: string): Promise<string> {
  const file = join(import.meta.dirname, `${name}.txt`);
  const pinned = readFileSync(file, "utf8")
    .split("\n")
    .find((line) => line.startsWith(`${name}==`));
  if (pinned === undefined) throw new Error(`expected a line ${name}==version in ${file}`);
  return ensurePythonJudges(pinned.replace("==", "-"), ["-r", file]);
}

/**
 * Installs an npm package that is no dependency of the project, with all that it needs, as `<name>/package-lock.json` beside
 * this file pins them.
 * @param program path in the package; @returns the path of that file
 */
export async function ensureNpmJudge(name: string, program: string): Promise<string> {
  const pins = join(import.meta.dirname, name);
  const { dependencies } = JSON.parse(readFileSync(join(pins, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const folder = await once(`${name}-${dependencies[name]}`, (draft) => {
    for (const file of ["package.json", "package-lock.json"])
      copyFileSync(join(pins, file), join(draft, file));
    return run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: draft }).catch(
      needs(`npm is needed to install ${name}`),
    );
  });
  return join(folder, "node_modules", name, program);
}

/** Environment in which `python3 -m` finds what was installed to `home`. */
export const pythonEnv = (home: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: [home, process.env["PYTHONPATH"]].filter(Boolean).join(delimiter),
});

/** Makes a folder of the cache, where it is not there yet. */
export const once = (name: string, make: (folder: string) => Promise<unknown>): Promise<string> =>
  madeOnce(join(cacheDir, "judges", name), (draft) => {
    mkdirSync(draft, { recursive: true });
    return make(draft);
  });

function needs(what: string) {
  return (error: unknown): never => {
    const { code, stderr, message } = error as { code?: string; stderr?: string; message: string };
    const reason =
      code === "ENOENT" ? "it is not on PATH" : (stderr?.trim() || message).split("\n").slice(-5).join("\n");
    throw new Error(`${what}: ${reason}`);
  };
}

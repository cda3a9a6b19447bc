// The files that a change touches, as git knows them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * @param base commit or branch that the change starts from; what happened there since does not count
 * @returns both names of a renamed file
 * @throws Error with git's words, such as an unknown revision
 */
export async function changedFiles(folder: string, base: string): Promise<string[]> {
  const args = ["diff", "--name-only", "--no-renames", "-z", `${base}...HEAD`, "--"];
  try {
    const { stdout } = await run("git", args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    return stdout.split("\0").filter((file) => file !== "");
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new Error(
      `git cannot compare ${base} with HEAD: ${reason}. In a pipeline, check out the whole history (fetch-depth: 0).`,
      { cause: error },
    );
  }
}

// What a judge's program prints. They end with 1 when they find something.
import { execFile } from "node:child_process";

/** Standard output. Rejects when the program cannot be run, or ends otherwise than with 0 or 1. */
export function output(
  executable: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(executable, args, { maxBuffer: 2 ** 27, ...options }, (error, stdout, stderr) => {
      if (!error || error.code === 1) resolve(stdout);
      else
        reject(new Error(`${executable} ${args.slice(0, 3).join(" ")} …: ${stderr.trim() || error.message}`));
    });
  });
}

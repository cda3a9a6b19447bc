// The Pulumi CLI, in the project's folder and in the backend that it is logged in to.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { projectRoot } from "./local/index.ts";

interface Ended {
  stdout: string;
  stderr: string;
  /** Null: by a signal. */
  code: number | null;
}

interface Place {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** "inherit": on this terminal instead. */
  stdout?: "pipe" | "inherit";
  stderr?: "pipe" | "inherit";
}

/** @throws when it is not on PATH */
export async function pulumi(
  args: readonly string[],
  { stdout = "pipe", stderr = "pipe", ...place }: Place = {},
): Promise<Ended> {
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    ...{ cwd: projectRoot, ...place },
    stdio: ["ignore", stdout, stderr],
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const [out, err] = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ""));
  const [code] = await ended.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    const where = "https://www.pulumi.com/docs/install";
    throw new Error(`the Pulumi CLI is not on PATH, and only it knows stacks in Azure: ${where}`);
  });
  return { stdout: await out!, stderr: await err!, code };
}

/** What it prints. @throws when it fails */
export async function pulumiSays(args: readonly string[], place: Place = {}): Promise<string> {
  const { stdout, code } = await pulumi(args, { stderr: "inherit", ...place });
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with exit code ${code ?? "none"}`);
  return stdout;
}

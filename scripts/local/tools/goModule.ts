// Go's command, and the sources of modules that a go.mod pins: go.sum holds them to what was chosen there.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { goModuleDir } from "./version.ts";

/** Without cgo no C compiler is needed; a go.work above is none of our business. */
export const goEnv = { ...process.env, CGO_ENABLED: "0", GOWORK: "off" };

/**
 * Without what only debuggers read, which the linker leaves out anyhow: compiling it takes an eighth of the CPU.
 * The same for all, so that they share what is compiled.
 */
export const noDebugInfo = "-gcflags=all=-dwarf=false";
export const buildFlags = ["-trimpath", "-buildvcs=false", "-mod=readonly", noDebugInfo];

/** Downloads a module where Go does not have it yet. @param cwd folder of the go.mod */
export async function goModule(
  path: string,
  cwd = goModuleDir,
  { go = "go", signal }: { go?: string; signal?: AbortSignal } = {},
): Promise<{ Dir: string; Version: string }> {
  const { stdout } = await promisify(execFile)(go, ["mod", "download", "-json", path], {
    ...{ cwd, env: goEnv, signal },
  });
  return JSON.parse(stdout) as { Dir: string; Version: string };
}

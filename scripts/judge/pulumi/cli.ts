// The Pulumi CLI: the one on PATH, or built from its Go module.
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, onPath } from "../../local/index.ts";
import { once } from "../install.ts";

const path = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
/** Nearest to the SDK's (package.json) that the Go module proxy serves. */
const version = "3.276.0";

/** Folder of the executable; undefined when there is none and it shall not be built. */
export async function findCli(build: boolean, report: (line: string) => void): Promise<string | undefined> {
  const [installed] = onPath("pulumi", process.env["PATH"] ?? "");
  if (installed !== undefined) return dirname(installed);
  const name = `pulumi-${version}`;
  if (!build && !existsSync(join(cacheDir, "judges", name))) return undefined;
  return once(name, async (draft) => {
    report("building the Pulumi CLI: ten minutes of CPU, once");
    // Its go.mod replaces modules, so `go install` refuses it: it is built as a part of a module of its own.
    writeFileSync(join(draft, "go.mod"), "module judge\n\ngo 1.26\n");
    const go = (...args: string[]) => promisify(execFile)("go", args, { cwd: draft, maxBuffer: 2 ** 26 });
    await go("get", `${path}@v${version}`);
    const variable = "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
    await go("build", "-trimpath", "-ldflags", `-s -w ${variable}=${version}`, "-o", "pulumi", path);
  }).catch((error: Error) => {
    throw new Error(`the Pulumi CLI could not be built: ${error.message}`, { cause: error });
  });
}

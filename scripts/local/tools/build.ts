// Builds a tool with Go from the pinned module: go.sum makes sure that the source is what was chosen here.
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { ToolSpec } from "./table.ts";
import { formatVersion, goModuleDir, type Version } from "./version.ts";

/** Builds to `<folder>/program` and returns that path. Throws with the end of what Go said. */
export async function buildTool(
  go: string,
  tool: ToolSpec,
  release: Version,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const target = join(folder, "program");
  const flags = [
    "-s -w",
    ...(tool.versionVariables ?? []).map((name) => `-X ${name}=${versionValue(name, release)}`),
  ];
  const prepared = (await tool.prepare?.(go, folder, signal)) ?? [];
  const args = [
    "build",
    "-trimpath",
    "-buildvcs=false",
    "-mod=readonly",
    ...(tool.tags ? [`-tags=${tool.tags.join(",")}`] : []),
    `-ldflags=${flags.join(" ")}`,
    ...prepared,
    `-o=${target}`,
    tool.package,
  ];
  // Without cgo no C compiler is needed. A go.work above this checkout is none of our business.
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off" };
  const child = spawn(go, args, {
    cwd: tool.moduleDir ?? goModuleDir,
    env,
    stdio: ["ignore", "ignore", "pipe"],
    signal,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`go build ${tool.package} failed:\n${lastLines(said, 12)}`);
  return target;
}

/** Prometheus' releases name themselves without the `v`. */
function versionValue(variable: string, release: Version): string {
  return (variable.startsWith("github.com/prometheus/") ? "" : "v") + formatVersion(release);
}

const lastLines = (text: string, count: number): string =>
  text.trimEnd().split("\n").slice(-count).join("\n");

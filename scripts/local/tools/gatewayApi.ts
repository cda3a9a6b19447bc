// The definitions of the Gateway API's kinds, from its Go module, which go.sum holds to what was chosen here.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir } from "../environment.ts";
import type { ToolOptions } from "./options.ts";
import { onPath } from "./installed.ts";
import { formatVersion, goModOf, requiredVersion } from "./version.ts";

const module = "sigs.k8s.io/gateway-api";
const moduleDir = join(import.meta.dirname, "gatewayApi");

/** Path of a YAML file with the standard channel; undefined, with a line why, where it cannot be had. */
export async function ensureGatewayApi(
  options: Pick<ToolOptions, "report" | "signal">,
): Promise<string | undefined> {
  const { report, signal = new AbortController().signal } = options;
  const folder = join(cacheDir, "tools");
  const file = join(folder, `gateway-api-${formatVersion(requiredVersion(module, goModOf(moduleDir)))}.yaml`);
  if (existsSync(file)) return file;
  try {
    mkdirSync(folder, { recursive: true });
    const [go] = onPath("go", process.env["PATH"] ?? "");
    if (go === undefined) throw new Error("its definitions come with Go, which is not on PATH");
    await fromModule(go, file, signal);
    return file;
  } catch (error) {
    signal.throwIfAborted();
    report(`going on without the Gateway API: ${(error as Error).message}`);
    return undefined;
  }
}

async function fromModule(go: string, file: string, signal: AbortSignal): Promise<void> {
  const { stdout } = await promisify(execFile)(go, ["mod", "download", "-json", module], {
    cwd: moduleDir,
    env: { ...process.env, GOWORK: "off" },
    signal,
  });
  const source = join((JSON.parse(stdout) as { Dir: string }).Dir, "config", "crd", "standard");
  const texts = readdirSync(source)
    .filter((name) => name.endsWith("s.yaml") && !name.includes("_vap_"))
    .sort()
    .map((name) => readFileSync(join(source, name), "utf8"));
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, texts.join("\n---\n"));
  renameSync(draft, file);
}

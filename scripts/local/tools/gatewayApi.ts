// The definitions of the Gateway API's kinds, of the version that Traefik is built for: from its Go module, or its release.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../environment.ts";
import { downloadTool, officialOrigins } from "./download.ts";
import type { ToolOptions } from "./index.ts";
import { onPath } from "./installed.ts";
import { moduleDir, moduleFolder } from "./traefik/build.ts";
import { formatVersion, goModOf, requiredVersion } from "./version.ts";

const module = "sigs.k8s.io/gateway-api";

/** Path of a YAML file with the standard channel; undefined, with a line why, where it cannot be had. */
export async function ensureGatewayApi(
  options: Pick<ToolOptions, "report" | "signal">,
): Promise<string | undefined> {
  const { report, signal = new AbortController().signal } = options;
  const version = formatVersion(requiredVersion(module, goModOf(moduleDir)));
  const folder = join(cacheDir, "tools");
  const file = join(folder, `gateway-api-${version}.yaml`);
  if (existsSync(file)) return file;
  try {
    mkdirSync(folder, { recursive: true });
    const [go] = onPath("go", process.env["PATH"] ?? "");
    await (go === undefined ? fromRelease(version, file, folder, signal) : fromModule(go, file, signal));
    return file;
  } catch (error) {
    signal.throwIfAborted();
    report(`going on without the Gateway API: ${(error as Error).message}`);
    return undefined;
  }
}

async function fromModule(go: string, file: string, signal: AbortSignal): Promise<void> {
  const source = join(await moduleFolder(go, module, moduleDir, signal), "config", "crd", "standard");
  const texts = readdirSync(source)
    .filter((name) => name.endsWith("s.yaml") && !name.includes("_vap_"))
    .sort()
    .map((name) => readFileSync(join(source, name), "utf8"));
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, texts.join("\n---\n"));
  renameSync(draft, file);
}

async function fromRelease(
  version: string,
  file: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const work = await mkdtemp(join(folder, "new-"));
  try {
    const release = { repository: "kubernetes-sigs/gateway-api", tag: `v${version}` };
    const asset = "standard-install.yaml";
    await rename(
      await downloadTool({ from: "github", ...release, asset }, work, officialOrigins, signal),
      file,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

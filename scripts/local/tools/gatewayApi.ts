// The definitions of the Gateway API's kinds, from its Go module, which go.sum holds to what was chosen here.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../environment.ts";
import { madeOnce } from "../madeOnce.ts";
import { goModule } from "./goModule.ts";
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
  const version = formatVersion(requiredVersion(module, goModOf(moduleDir)));
  try {
    return await madeOnce(join(cacheDir, "tools", `gateway-api-${version}.yaml`), async (draft) => {
      const [go] = onPath("go", process.env["PATH"] ?? "");
      if (go === undefined) throw new Error("its definitions come with Go, which is not on PATH");
      writeFileSync(draft, definitionsIn((await goModule(module, moduleDir, { go, signal })).Dir));
    });
  } catch (error) {
    signal.throwIfAborted();
    report(`going on without the Gateway API: ${(error as Error).message}`);
    return undefined;
  }
}

function definitionsIn(folder: string): string {
  const source = join(folder, "config", "crd", "standard");
  return readdirSync(source)
    .filter((name) => name.endsWith("s.yaml") && !name.includes("_vap_"))
    .sort()
    .map((name) => readFileSync(join(source, name), "utf8"))
    .join("\n---\n");
}

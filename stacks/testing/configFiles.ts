// The configuration files of the repository, as the programs get them.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Configuration of a stack by key, without the project before it. */
export function configFile(stack: string): Record<string, unknown> {
  const text = readFileSync(new URL(`../config/Pulumi.${stack}.yaml`, import.meta.url), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^spot-balancer:/, ""), value]),
  );
}

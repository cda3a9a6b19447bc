// Reads what the Pulumi CLI would read: Pulumi.yaml and the stack's configuration file.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** DIY backends call every organization this. */
export const organization = "organization";

export interface StackSettings {
  project: string;
  stack: string;
  /** Fully qualified keys (`spot-balancer:dbTier`); values that are no strings are JSON, as the CLI passes them. */
  config: Record<string, string>;
  /** Keys whose value must not be shown. */
  secretKeys: string[];
  /** Keys whose value is encrypted by the Pulumi CLI and therefore replaced by `undecrypted`. */
  encryptedKeys: string[];
}

/**
 * Stands in for values that only the Pulumi CLI can decrypt. Long, and with every kind of character,
 * so that it passes for a password where a preview checks one.
 */
const undecrypted = "Encrypted-by-the-Pulumi-CLI-0";

interface ProjectFile {
  name?: string;
  main?: string;
  stackConfigDir?: string;
  config?: unknown;
}

/**
 * Reads project and stack settings below `projectDir`. A stack without a file has no configuration.
 * @param configFile takes the place of the stack's file, as the CLI's `--config-file` does
 */
export function readSettings(projectDir: string, stack: string, configFile?: string): StackSettings {
  const project = parse(readFileSync(join(projectDir, "Pulumi.yaml"), "utf8")) as ProjectFile;
  if (!project.name)
    throw new Error(`${join(projectDir, "Pulumi.yaml")}: expected a project name under "name"`);
  if (project.main)
    throw new Error(
      'the embedded engine takes the program from package.json: remove "main" from Pulumi.yaml',
    );
  if (project.config && Object.keys(project.config).length) {
    throw new Error(
      'the embedded engine reads configuration from stack files only: "config" in Pulumi.yaml must be empty',
    );
  }

  const file = configFile ?? join(projectDir, project.stackConfigDir ?? ".", `Pulumi.${stack}.yaml`);
  const settings: StackSettings = {
    project: project.name,
    stack,
    config: {},
    secretKeys: [],
    encryptedKeys: [],
  };
  if (configFile === undefined && !existsSync(file)) return settings;
  const entries =
    (parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null)?.config ?? {};
  for (const [key, value] of Object.entries(entries)) {
    const qualified = key.includes(":") ? key : `${project.name}:${key}`;
    if (isEncrypted(value)) {
      settings.config[qualified] = undecrypted;
      settings.secretKeys.push(qualified);
      settings.encryptedKeys.push(qualified);
    } else {
      settings.config[qualified] = typeof value === "string" ? value : JSON.stringify(value);
    }
  }
  return settings;
}

const isEncrypted = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "secure" in value && Object.keys(value).length === 1;

// Reads what the Pulumi CLI would read: Pulumi.yaml and the stack's configuration file.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Document, parse } from "yaml";
import { openPassphrase, type Cipher } from "./passphrase.ts";

/** DIY backends call every organization this. */
export const organization = "organization";

export interface StackSettings {
  project: string;
  stack: string;
  /** Fully qualified keys (`spot-balancer:dbTier`); values that are no strings are JSON, as the CLI passes them. */
  config: Record<string, string>;
  /** Keys whose value must not be shown. */
  secretKeys: string[];
  /** Keys whose value is encrypted, and replaced by `undecrypted` as nothing opens it. */
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

interface StackFile {
  config?: Record<string, unknown>;
  encryptionsalt?: string;
}

/**
 * Reads project and stack settings below `projectDir`. A stack without a file has no configuration.
 * @param configFile takes the place of the stack's file, as the CLI's `--config-file` does
 * @param passphrase opens what was encrypted; without one placeholders stand there
 */
export function readSettings(
  projectDir: string,
  stack: string,
  configFile?: string,
  passphrase?: string,
): StackSettings {
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
  const { config = {}, encryptionsalt } = (parse(readFileSync(file, "utf8")) as StackFile | null) ?? {};
  let opened: Cipher | undefined;
  for (const [key, value] of Object.entries(config)) {
    const qualified = key.includes(":") ? key : `${project.name}:${key}`;
    if (isEncrypted(value)) {
      if (passphrase !== undefined && encryptionsalt !== undefined)
        opened ??= openPassphrase(passphrase, encryptionsalt);
      else settings.encryptedKeys.push(qualified);
      settings.config[qualified] = opened?.decrypt(value.secure) ?? undecrypted;
      settings.secretKeys.push(qualified);
    } else {
      settings.config[qualified] = typeof value === "string" ? value : JSON.stringify(sorted(value));
    }
  }
  return settings;
}

/**
 * The CLI passes objects with their keys in order, as Go writes every map (https://pkg.go.dev/encoding/json#Marshal): what a
 * program makes of their text shall be the same here.
 */
const sorted = (value: unknown): Document =>
  new Document(value, { sortMapEntries: true, aliasDuplicateObjects: false });

const isEncrypted = (value: unknown): value is { secure: string } =>
  typeof value === "object" && value !== null && "secure" in value && Object.keys(value).length === 1;

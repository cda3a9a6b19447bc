// `npm --silent run local -- encrypt <stack> < file`: what to write into a local stack's file for a value that is secret.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { isLocalStack } from "../../../stacks/stackName.ts";
import { localPassphrase, newEncryptionSalt, openPassphrase } from "../engine/passphrase.ts";
import { projectRoot } from "../environment.ts";

/** Returns lines of YAML: the value, and `encryptionsalt` when the stack's file has none. */
export async function encrypt(stack: string): Promise<string> {
  if (!isLocalStack(stack))
    throw new Error(`${stack} is no local stack: run \`pulumi config set --secret --stack ${stack}\``);
  const passphrase = process.env["PULUMI_CONFIG_PASSPHRASE"] ?? localPassphrase;
  const file = join(projectRoot, "stacks", "config", `Pulumi.${stack}.yaml`);
  const known = existsSync(file)
    ? (parse(readFileSync(file, "utf8")) as { encryptionsalt?: string } | null)?.encryptionsalt
    : undefined;
  const salt = known ?? newEncryptionSalt(passphrase);
  const value = openPassphrase(passphrase, salt).encrypt(await text(process.stdin));
  return [
    ...(known === undefined ? [`# at the end of ${file}:`, `encryptionsalt: ${salt}`] : []),
    "# in place of the value:",
    `secure: ${value}`,
  ].join("\n");
}

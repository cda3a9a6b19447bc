// The administrator's password: given as a secret, else random and rotated by raising `passwordVersion`.
import { secret, type Output } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { DbConfig } from "../config/db.ts";

export function createPassword(config: DbConfig): Output<string> {
  if (config.dbAdminPassword !== undefined) return secret(config.dbAdminPassword);
  const { result } = new RandomPassword("adminPassword", {
    length: 32,
    // Azure wants three of four kinds; these survive in connection strings unescaped.
    minLower: 1,
    minUpper: 1,
    minNumeric: 1,
    overrideSpecial: "-_",
    keepers: { version: String(config.passwordVersion) },
  });
  return secret(result);
}

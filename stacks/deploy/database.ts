// Where the backend's database is: the one of the db stack, or any other PostgreSQL that configuration describes.
import type { Output } from "@pulumi/pulumi";
import { RunError, secret } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { readDb } from "../outputs.ts";

export interface DatabaseAccess {
  host: string;
  port: number;
  name: string;
  user: string;
  /** Secret. */
  password: Output<string>;
}

/** @throws RunError when the stack has no database of that name */
export async function connectDatabase(env: string, config: DeployConfig): Promise<DatabaseAccess> {
  const { name, host, port, user } = config.database;
  if (host !== undefined) {
    // The configuration's rules have it that login and password are given with a host.
    return { host, port, name, user: user ?? "", password: secret(config.databasePassword ?? "") };
  }
  const db = await readDb(env, config.dbStack);
  const names = await db.value("databaseNames", [name]);
  if (!names.includes(name)) {
    throw new RunError(
      `database.name: expected a database of the db stack (${names.join(", ")}); got "${name}"`,
    );
  }
  return {
    host: await db.value("databaseHost", "known-after-db.invalid"),
    port: await db.value("databasePort", port),
    name,
    user: await db.value("databaseUser", "known-after-db"),
    password: secret(db.output("databasePassword")),
  };
}

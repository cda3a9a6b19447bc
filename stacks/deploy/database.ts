// The backend's database, that of the db stack or any other PostgreSQL that configuration describes, and who signs in to it.
import { RunError, secret, type Output } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { databaseServer } from "../config/app.ts";
import { readDb } from "../outputs.ts";
import { generated } from "./generated.ts";
import type { NetworkPolicy } from "./kinds.ts";
import type { Manifest } from "./manifests.ts";

/** As every networkpolicy.yaml has it. */
const usualPort = 5432;

/** The authority behind the cluster's own certificates, as every ServiceAccount gets it. */
const clusterAuthority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

export interface Login {
  user: string;
  /** Secret. */
  password: Output<string>;
}

export interface DatabaseAccess {
  host: string;
  port: number;
  name: string;
  /** Prepares the database. */
  administrator: Login;
  /** What the API signs in with: made, and given its rights, by the administrator (k8s/database). */
  api: Login;
}

/** @throws RunError when the stack has no database of that name */
export async function connectDatabase(env: string, config: DeployConfig): Promise<DatabaseAccess> {
  const { name } = config.database;
  const server = databaseServer(config);
  if (server.kind === "external") {
    const administrator = { user: server.user, password: secret(server.password) };
    return {
      host: server.host,
      port: server.port,
      name,
      administrator,
      api: apiLogin(config, administrator),
    };
  }
  const db = await readDb(env, server.stack);
  const names = await db.value("databaseNames", [name]);
  if (!names.includes(name)) {
    throw new RunError(
      `database.name: expected a database of the db stack (${names.join(", ")}); got "${name}"`,
    );
  }
  const administrator = {
    user: await db.value("databaseUser", "known-after-db"),
    password: secret(db.output("databasePassword")),
  };
  return {
    host: await db.value("databaseHost", "known-after-db.invalid"),
    port: await db.value("databasePort", usualPort),
    name,
    administrator,
    api: apiLogin(config, administrator),
  };
}

/** Named after the database: logins belong to the server, where other databases may have a backend, too. */
function apiLogin({ database }: DeployConfig, administrator: Login): Login {
  const user = database.apiUser ?? `${database.name}_api`;
  if (user === administrator.user) return administrator;
  return { user, password: generated("databaseApiPassword", database.apiPasswordVersion) };
}

/** The backend program's settings (k8s/backend/README.md) that say where its database is, and by which login. */
export const databaseSettings = (
  { database: { authority, connections } }: DeployConfig,
  { host, port, name, api }: DatabaseAccess,
): Record<string, string> => ({
  DATABASE_HOST: host,
  DATABASE_PORT: String(port),
  DATABASE_NAME: name,
  DATABASE_USER: api.user,
  DATABASE_CONNECTIONS: String(connections),
  ...(authority === "cluster" && { DATABASE_CA_FILE: clusterAuthority }),
});

/** A Secret with each password as a file. */
export const passwordSecret = (
  metadata: Manifest["metadata"],
  logins: Record<string, Pick<Login, "password">>,
): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata,
  type: "Opaque",
  data: Object.fromEntries(
    Object.entries(logins).map(([file, { password }]) => [
      file,
      password.apply((text) => Buffer.from(text).toString("base64")),
    ]),
  ),
});

/** Opens the way to the database at its port. */
export function openWayTo({ port }: DatabaseAccess, { spec }: NetworkPolicy): void {
  for (const one of spec.egress?.flatMap(({ ports = [] }) => ports) ?? [])
    if (one.port === usualPort) one.port = port;
}

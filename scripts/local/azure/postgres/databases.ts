// What the service does inside a PostgreSQL server: the administrator's role, databases, server parameters.
import { randomBytes } from "node:crypto";
import pg from "pg";
import { waitFor } from "../../waitFor.ts";
import type { Database, Parameter } from "../machines.ts";
import { type ServerFiles, superuser, writeAccessRules } from "./files.ts";
import { scramVerifier } from "../../../../k8s/backend/src/database/scram.ts";

/** Where the service itself comes in. */
export interface Door {
  files: ServerFiles;
  port: number;
}

/** Runs statements as the service's superuser, over the Unix socket. */
async function asService<T>({ files, port }: Door, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: files.socket, port, user: superuser, database: "postgres" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const name = pg.escapeIdentifier;
const text = pg.escapeLiteral;

export const isReady = (door: Door): Promise<boolean> =>
  asService(door, async (client) => !!(await client.query("SELECT 1")));

export const serverVersion = (door: Door): Promise<string> =>
  asService(
    door,
    async (client) =>
      (await client.query<{ server_version: string }>("SHOW server_version")).rows[0]!.server_version,
  );

/** The administrator may make databases and roles, and is no superuser, as on Azure. */
export async function ensureAdministrator(
  door: Door,
  login: string,
  password: string | undefined,
): Promise<void> {
  await asService(door, async (client) => {
    for (const [role, options] of [
      ["azure_pg_admin", "NOLOGIN"],
      [login, "LOGIN CREATEDB CREATEROLE IN ROLE azure_pg_admin"],
    ] as const) {
      const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
      if (rowCount === 0) await client.query(`CREATE ROLE ${name(role)} ${options}`);
    }
    if (password === undefined) return;
    await client.query(
      `ALTER ROLE ${name(login)} PASSWORD ${text(scramVerifier(password, randomBytes(16)))}`,
    );
  });
}

/** Belongs to the administrator. A collation that this machine does not have becomes C.UTF-8, and `log` says so. */
export async function ensureDatabase(
  door: Door,
  owner: string,
  database: Database,
  log: (message: string) => void,
): Promise<void> {
  await asService(door, async (client) => {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database.name]);
    if (rowCount !== 0) return;
    const create = `CREATE DATABASE ${name(database.name)} OWNER ${name(owner)} TEMPLATE template0 ENCODING ${text(database.charset)}`;
    try {
      await client.query(`${create} LOCALE_PROVIDER libc LOCALE ${text(database.collation)}`);
    } catch (error) {
      if (!isWrongLocale(error)) throw error;
      log(`this machine has no collation ${database.collation}: database ${database.name} gets C.UTF-8`);
      await client.query(`${create} LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'`);
    }
  });
}

/** wrong_object_type: how CREATE DATABASE answers a locale name that the system does not know. */
const isWrongLocale = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === "42809" && /locale/.test(error.message);

export async function dropDatabase(door: Door, database: string): Promise<void> {
  await asService(door, (client) => client.query(`DROP DATABASE IF EXISTS ${name(database)} WITH (FORCE)`));
}

/** A parameter that the service adds to PostgreSQL's: who may connect how. */
const secureTransport = { name: "require_secure_transport", default: "on" };

/** Values of the service's own parameters, by name; the rest PostgreSQL itself remembers. */
export type ServiceParameters = Record<string, string>;

export async function readParameter(
  door: Door,
  own: ServiceParameters,
  parameter: string,
): Promise<Parameter> {
  if (parameter === secureTransport.name) {
    const { default: defaultValue } = secureTransport;
    return { value: own[parameter] ?? defaultValue, defaultValue, pendingRestart: false };
  }
  return asService(door, async (client) => {
    const { rows } = await client.query<{ value: string; default: string; pending: boolean }>(
      "SELECT current_setting(name) AS value, boot_val AS default, pending_restart AS pending FROM pg_settings WHERE name = $1",
      [parameter],
    );
    const [row] = rows;
    if (!row) throw new Error(`the server has no parameter ${parameter}`);
    return { value: row.value, defaultValue: row.default ?? "", pendingRestart: row.pending };
  });
}

/** Sets or (undefined) resets a parameter. Changes `own` for the service's own ones. */
export async function writeParameter(
  door: Door,
  own: ServiceParameters,
  parameter: string,
  value: string | undefined,
): Promise<Parameter> {
  if (parameter === secureTransport.name) {
    if (value === undefined) delete own[parameter];
    else own[parameter] = value;
    writeAccessRules(door.files, (value ?? secureTransport.default).toLowerCase() !== "off");
    await reload(door);
    return readParameter(door, own, parameter);
  }
  await readParameter(door, own, parameter); // says so if there is none
  const set = value === undefined ? `RESET ${name(parameter)}` : `SET ${name(parameter)} = ${text(value)}`;
  await asService(door, (client) => client.query(`ALTER SYSTEM ${set}`));
  await reload(door);
  return readParameter(door, own, parameter);
}

/** Has the server read its files again, and returns once new sessions see the outcome. */
async function reload(door: Door): Promise<void> {
  const loaded = (): Promise<string> =>
    asService(
      door,
      async (client) =>
        (await client.query<{ at: string }>("SELECT pg_conf_load_time()::text AS at")).rows[0]!.at,
    );
  const before = await loaded();
  await asService(door, (client) => client.query("SELECT pg_reload_conf()"));
  await waitFor(async () => (await loaded()) !== before, {
    what: "PostgreSQL to read its configuration",
    timeoutMs: 10_000,
    intervalMs: 10,
  });
}

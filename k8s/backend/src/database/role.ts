// The API's login in the database, and its rights: what the API does, and nothing else.
import { randomBytes } from "node:crypto";
import pg from "pg";
import type { Login } from "./connection.ts";
import { scramVerifier } from "./scram.ts";

const name = pg.escapeIdentifier;

/** Makes the login, or gives it this password. @throws Error when there is one that may do more than the API should */
export async function ensureLogin(administrator: pg.ClientBase, { user, password }: Login): Promise<void> {
  const { rows } = await administrator.query<{ mighty: boolean }>(
    `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS mighty
     FROM pg_roles WHERE rolname = $1`,
    [user],
  );
  const [role] = rows;
  if (role?.mighty) {
    throw new Error(
      `expected "${user}" to be a login for the API alone, and it may make databases or roles, or more: name another one`,
    );
  }
  const verifier = pg.escapeLiteral(scramVerifier(password, randomBytes(16)));
  await administrator.query(`${role ? "ALTER" : "CREATE"} ROLE ${name(user)} LOGIN PASSWORD ${verifier}`);
}

/** Rights that the login has from before, and no longer needs, are taken from it. The schema must be up to date. */
export async function grantRights(administrator: pg.ClientBase, user: string): Promise<void> {
  const role = name(user);
  const statements = [
    ...(await closingStatements(administrator, role)),
    `REVOKE ALL ON samples, kysely_migration FROM ${role}`,
    `REVOKE ALL ON SEQUENCE samples_seq_seq FROM ${role}`,
    // UPDATE of one column is what FOR UPDATE asks for, which retention needs; and this one cannot be set to a value.
    `GRANT SELECT, INSERT, DELETE, UPDATE (seq) ON samples TO ${role}`,
    `GRANT SELECT ON SEQUENCE samples_seq_seq TO ${role}`,
    `GRANT SELECT ON kysely_migration TO ${role}`,
  ];
  for (const statement of statements) await administrator.query(statement);
}

/** Closes what PostgreSQL opens to everybody (signing in, temporary tables), where that is for this login to decide. */
async function closingStatements(administrator: pg.ClientBase, role: string): Promise<string[]> {
  const { rows } = await administrator.query<{
    database: string;
    database_ours: boolean;
    schema_ours: boolean;
  }>(
    `SELECT datname AS database, pg_has_role(datdba, 'USAGE') AS database_ours,
            pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE') AS schema_ours
     FROM pg_database WHERE datname = current_database()`,
  );
  const { database = "", database_ours = false, schema_ours = false } = rows[0] ?? {};
  const close = (what: string, right: string): string[] => [
    `REVOKE ALL ON ${what} FROM PUBLIC`,
    `GRANT ${right} ON ${what} TO ${role}`,
  ];
  return [
    ...(database_ours ? close(`DATABASE ${name(database)}`, "CONNECT") : []),
    ...(schema_ours ? close("SCHEMA public", "USAGE") : []),
  ];
}

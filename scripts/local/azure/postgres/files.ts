// The files of one PostgreSQL server: where they lie, how a new one is made, who may connect.
import { execFile } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import type { KeyPair } from "../../controlPlane/certificates.ts";
import type { Account, Programs } from "./account.ts";

/** The service's own superuser, as on Azure; it comes in by the Unix socket only, as the user that the emulator runs as. */
export const superuser = "azuresu";

export interface ServerFiles {
  /** Belongs to the database's user, and only that user (and root) may look inside. */
  root: string;
  data: string;
  socket: string;
}

export const serverFiles = (root: string): ServerFiles => ({
  root,
  data: join(root, "data"),
  socket: join(root, "socket"),
});

/** Written last, so that a cluster which is half made does not count. */
const finished = (files: ServerFiles): string => join(files.root, "initialized");

export const isInitialized = (files: ServerFiles): boolean => existsSync(finished(files));

/** Makes an empty database cluster with TLS; a half made one from before is thrown away. */
export async function initialize(
  files: ServerFiles,
  programs: Programs,
  account: Account,
  certificate: KeyPair,
): Promise<void> {
  rmSync(files.root, { recursive: true, force: true });
  for (const folder of [files.root, files.socket]) ownFolder(folder, account);
  await promisify(execFile)(
    programs.initdb,
    [
      ...["--pgdata", files.data, "--username", superuser, "--encoding", "UTF8"],
      ...["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"],
      ...["--auth-local", "peer", "--auth-host", "scram-sha-256", "--no-sync", "--no-instructions"],
    ],
    { cwd: files.root, ...account.ids, env: { ...process.env, LC_ALL: "C" } },
  );
  const own = (name: string, text: string): void => {
    const file = join(files.data, name);
    writeFileSync(file, text, { mode: 0o600 });
    chmodSync(file, 0o600);
    if (account.ids) chownSync(file, account.ids.uid, account.ids.gid);
  };
  own("server.crt", certificate.certificate);
  own("server.key", certificate.privateKey);
  own("pg_ident.conf", `emulator ${userInfo().username} ${superuser}\n`);
  own("pg_hba.conf", accessRules(true));
  // What a server parameter may change later stands here; what it may not is given on the command line.
  appendFileSync(
    join(files.data, "postgresql.conf"),
    [
      ...["ssl_min_protocol_version = 'TLSv1.2'", "password_encryption = 'scram-sha-256'"],
      ...["shared_buffers = '32MB'", "max_connections = 200"], // enough for 20 backends with six each
      "",
    ].join("\n"),
  );
  writeFileSync(finished(files), "");
}

/** Who may connect how; `secure` is the server parameter require_secure_transport. */
function accessRules(secure: boolean): string {
  const kind = secure ? "hostssl" : "host";
  return `# Written by the emulated Azure.
local all ${superuser} peer map=emulator
host  all ${superuser} all reject
${kind} all all 127.0.0.1/32 scram-sha-256
${kind} all all ::1/128      scram-sha-256
`;
}

export function writeAccessRules(files: ServerFiles, secure: boolean): void {
  writeFileSync(join(files.data, "pg_hba.conf"), accessRules(secure)); // keeps its owner and mode
}

function ownFolder(path: string, account: Account): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (lstatSync(path).uid !== process.getuid?.())
    throw new Error(`${path} belongs to another user: remove it, then repeat`);
  chmodSync(path, 0o700);
  if (account.ids) chownSync(path, account.ids.uid, account.ids.gid);
}

/** Arguments of the server: loopback only, TLS. */
export const serverArguments = (files: ServerFiles, port: number): string[] => [
  ...["-D", files.data, "-p", String(port)],
  ...["-c", "listen_addresses=localhost", "-c", `unix_socket_directories=${files.socket}`],
  ...["-c", "unix_socket_permissions=0700", "-c", "ssl=on"],
];

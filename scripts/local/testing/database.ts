// A real PostgreSQL with TLS in a temporary folder, for tests and benchmarks. As a program it tells, on stdout in JSON, how
// to get in, and ends when its stdin does: so what may not import scripts/ can use it as well.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "../controlPlane/certificates.ts";
import { buildChildren } from "../azure/testing/children.ts";
import { makeRoot } from "../azure/postgres/root.ts";
import { PostgresServers } from "../azure/postgres/server.ts";

export interface TestDatabase {
  host: string;
  port: number;
  /** May make databases; is no superuser, as on Azure. */
  user: string;
  password: string;
  /** PEM of the authority that signed its certificate. */
  ca: string;
}

/** One that this process has started. */
export interface OwnDatabase {
  server: TestDatabase;
  stop: () => Promise<void>;
  /** An outage: it stops, and comes again with everything that it had. */
  pause: () => Promise<void>;
  resume: () => Promise<void>;
}

export async function startDatabase(): Promise<OwnDatabase> {
  const root = mkdtempSync(join(tmpdir(), "sb-database-"));
  const children = buildChildren();
  const authority = await createAuthority("test", new Date());
  const certificate = await issueCertificate(
    authority,
    { commonName: "localhost", alternativeNames: ["localhost", "127.0.0.1"] },
    new Date(),
  );
  const [user, password] = ["dbadmin", "Correct-Horse-9"];
  makeRoot(root, root);
  const options = { root, stateDir: root, certificate, children, log: () => undefined };
  const stop = async (): Promise<void> => {
    await children.stopAll();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const servers = new PostgresServers(options, [], () => undefined);
    const { port } = await servers.apply({
      ...{ id: root, name: "test", version: "18" },
      ...{ administratorLogin: user, administratorPassword: password },
    });
    return {
      server: { host: "localhost", port, user, password, ca: authority.certificate },
      stop,
      pause: () => children.stopAll(),
      resume: () => servers.resume(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

if (import.meta.main) {
  const { server, stop } = await startDatabase();
  process.stdin.resume().once("end", () => void stop().then(() => process.exit()));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.stdin.destroy());
  process.stdout.write(`${JSON.stringify(server)}\n`);
}

// A real PostgreSQL as the emulated Azure runs it: who gets in and how, what survives, what can be set.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createAuthority, issueCertificate, type KeyPair } from "../../controlPlane/certificates.ts";
import { buildChildren, type TestChildren } from "../testing/children.ts";
import { makeRoot, removeOrphans, removeRootIfEmpty } from "./root.ts";
import { PostgresServers, type ServerRecord } from "./server.ts";

const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/db1";
const password = "Correct-Horse-9'\"";

describe("PostgreSQL of the emulated Azure", function () {
  let root: string;
  let children: TestChildren;
  let authority: KeyPair;
  let servers: PostgresServers;
  let port: number;
  const records: ServerRecord[] = [];
  const logged: string[] = [];
  const login = (overrides: Partial<pg.ClientConfig> = {}): pg.Client =>
    new pg.Client({
      host: "localhost",
      port,
      user: "dbadmin",
      password,
      database: "postgres",
      ssl: { ca: authority.certificate },
      connectionTimeoutMillis: 10_000,
      ...overrides,
    });
  const withClient = async <T>(client: pg.Client, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const one = async (client: pg.Client, sql: string): Promise<unknown> =>
    Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];

  const build = (certificate: KeyPair): PostgresServers =>
    new PostgresServers(
      { root, stateDir: root, certificate, children, log: (line) => logged.push(line) },
      records,
      () => undefined,
    );

  let certificate: KeyPair;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), "sb-pg-"));
    children = buildChildren();
    authority = await createAuthority("test", new Date());
    certificate = await issueCertificate(
      authority,
      { commonName: "localhost", alternativeNames: ["localhost", "127.0.0.1"] },
      new Date(),
    );
    servers = build(certificate);
    const server = {
      id,
      name: "db1",
      administratorLogin: "dbadmin",
      administratorPassword: password,
      version: "17",
    };
    ({ port } = await servers.apply(server));
    await servers.applyDatabase(id, { name: "bank", charset: "UTF8", collation: "en_US.utf8" });
  });
  after(async () => {
    await children.stopAll();
    rmSync(root, { recursive: true, force: true });
  });

  it("lets the administrator in over verified TLS, with the password only as SCRAM", async () => {
    await withClient(login({ database: "bank" }), async (client) => {
      assert.equal(await one(client, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), true);
      assert.equal(await one(client, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"), false);
      await client.query("CREATE TABLE kept (n int)");
      await client.query("INSERT INTO kept VALUES (7)");
    });
  });

  it("refuses a wrong password, a connection without TLS, and the service's own superuser", async () => {
    await assert.rejects(login({ password: "wrong" }).connect(), { code: "28P01" });
    await assert.rejects(login({ ssl: false }).connect(), /no encryption/);
    await assert.rejects(login({ user: "azuresu" }).connect(), /pg_hba.conf rejects connection/);
  });

  it("takes unencrypted connections only while require_secure_transport is off", async () => {
    await servers.setParameter(id, "require_secure_transport", "off");
    await withClient(login({ ssl: false }), (client) => client.query("SELECT 1"));
    await servers.setParameter(id, "require_secure_transport", undefined);
    await assert.rejects(login({ ssl: false }).connect(), /no encryption/);
  });

  it("sets and resets server parameters, and says which it does not have", async () => {
    assert.equal((await servers.setParameter(id, "work_mem", "8MB")).value, "8MB");
    assert.equal((await servers.setParameter(id, "work_mem", undefined)).value, "4MB");
    assert.equal((await servers.setParameter(id, "max_connections", "60")).pendingRestart, true);
    assert.equal((await servers.parameter(id, "ssl_min_protocol_version")).value, "TLSv1.2");
    assert.equal((await servers.parameter(id, "password_encryption")).value, "scram-sha-256");
    await assert.rejects(servers.setParameter(id, "work_memory", "1"), /no parameter work_memory/);
  });

  it("keeps data over a restart, and takes a new password", async () => {
    await children.stopAll();
    await assert.rejects(login().connect(), { code: "ECONNREFUSED" });
    servers = build(certificate);
    await servers.resume();
    assert.equal((await servers.parameter(id, "max_connections")).value, "60");
    const server = {
      id,
      name: "db1",
      administratorLogin: "dbadmin",
      administratorPassword: "New-Horse-10",
      version: "17",
    };
    assert.equal((await servers.apply(server)).port, port);
    await assert.rejects(login().connect(), { code: "28P01" });
    const kept = await withClient(login({ password: "New-Horse-10", database: "bank" }), (client) =>
      one(client, "SELECT n FROM kept"),
    );
    assert.equal(kept, 7);
  });

  it("drops a database, though somebody is in it", async () => {
    const guest = login({ password: "New-Horse-10", database: "bank" });
    guest.on("error", () => undefined); // the server cuts the connection
    await guest.connect();
    await servers.deleteDatabase(id, "bank");
    await assert.rejects(login({ password: "New-Horse-10", database: "bank" }).connect(), { code: "3D000" });
    await guest.end();
  });

  it("leaves nothing readable by others, no password in its log, and nothing at all once removed", async () => {
    const folder = readdirSync(root).find((name) => name !== "state-folder");
    assert.equal(statSync(join(root, folder!)).mode & 0o077, 0);
    assert.doesNotMatch(children.logs(), /Correct-Horse|New-Horse/);
    assert.doesNotMatch(logged.join("\n"), /Correct-Horse|New-Horse/);
    await servers.remove(id);
    await assert.rejects(login().connect(), { code: "ECONNREFUSED" });
    assert.equal(existsSync(root), false);
    assert.deepEqual(records, []);
    await servers.remove(id); // again: harmless
  });
});

describe("data folders below /var/tmp", () => {
  it("go when their environment's state folder is gone, and only then", () => {
    const folder = mkdtempSync(join(tmpdir(), "sb-roots-"));
    const state = mkdtempSync(join(tmpdir(), "sb-state-"));
    const [kept, orphan, foreign] = ["spot-balancer-data-1", "spot-balancer-data-2", "else"].map((name) =>
      join(folder, name),
    );
    makeRoot(kept!, state);
    makeRoot(orphan!, join(state, "gone"));
    makeRoot(foreign!, join(state, "gone"));
    removeOrphans(folder);
    assert.deepEqual(
      [kept, orphan, foreign].map((path) => existsSync(path!)),
      [true, false, true],
    );
    removeRootIfEmpty(kept!);
    assert.equal(existsSync(kept!), false);
    rmSync(folder, { recursive: true });
    rmSync(state, { recursive: true });
  });
});

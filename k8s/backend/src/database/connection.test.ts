// Who signs in, by which settings.
import assert from "node:assert/strict";
import type { Settings } from "../config.ts";
import { administratorOf, connectionOf, loginOf } from "./connection.ts";

const buildSettings = (changes: Partial<Settings> = {}): Settings =>
  ({
    ...{ DATABASE_HOST: "db", DATABASE_PORT: 6432, DATABASE_NAME: "demo", DATABASE_USER: "demo_api" },
    ...{ DATABASE_ADMIN_USER: "dbadmin", DATABASE_TLS: "verify", INSTANCE: "pod-1" },
    ...{ databasePassword: () => "api", databaseAdminPassword: () => "mighty", databaseCa: "PEM" },
    ...changes,
  }) as Settings;

const secretOf = ({ password }: { password?: unknown }) => (password as () => string)();

describe("the way into the database", () => {
  it("is the API's own login, by verified TLS 1.2 or newer, and says which pod it is", () => {
    const { password, ...connection } = connectionOf(buildSettings());
    assert.deepEqual(connection, {
      ...{ host: "db", port: 6432, database: "demo", user: "demo_api", application_name: "backend pod-1" },
      ssl: { rejectUnauthorized: true, minVersion: "TLSv1.2", ca: "PEM" },
    });
    assert.equal(secretOf({ password }), "api");
    assert.deepEqual(connectionOf(buildSettings({ databaseCa: undefined })).ssl, {
      ...{ rejectUnauthorized: true, minVersion: "TLSv1.2" },
    });
    assert.equal(connectionOf(buildSettings({ DATABASE_TLS: "off" })).ssl, false);
    assert.deepEqual(loginOf(buildSettings()), { user: "demo_api", password: "api" });
  });

  it("is another login for the administrator, to the same database", () => {
    const { password, ...connection } = administratorOf(buildSettings());
    const { password: _api, ...same } = connectionOf(buildSettings());
    assert.deepEqual(connection, { ...same, user: "dbadmin" });
    assert.equal(secretOf({ password }), "mighty");
  });
});

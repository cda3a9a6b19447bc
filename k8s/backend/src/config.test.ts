import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SettingsError, readSettings } from "./config.ts";

const buildEnv = (changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...{ DATABASE_HOST: "db", DATABASE_NAME: "demo", DATABASE_USER: "app", DATABASE_PASSWORD: "s3cret" },
  ...{ KUBERNETES_SERVICE_HOST: "10.0.0.1" },
  ...changes,
});

describe("the backend's settings", () => {
  it("have defaults that are safe: verified TLS, no load on request", () => {
    const settings = readSettings(buildEnv({ PORT: "", VARIANT: "b", PATH: "/bin" }));
    assert.deepEqual(
      [settings.DATABASE_TLS, settings.CPU_TEST_MAX_SECONDS, settings.BURST_MAX_REQUESTS, settings.PORT],
      ["verify", 0, 0, 8080],
    );
    assert.deepEqual(settings.spotNodeLabels, { "kubernetes.azure.com/scalesetpriority": "spot" });
    assert.equal(settings.VARIANT, "b");
  });

  it("are numbers and labels where they should be", () => {
    const settings = readSettings(buildEnv({ PORT: "81", SPOT_NODE_LABELS: "pool=cheap,x=" }));
    assert.equal(settings.PORT, 81);
    assert.deepEqual(settings.spotNodeLabels, { pool: "cheap", x: "" });
  });

  it("name all that is wrong in one message, without the values", () => {
    const wrong = { PORT: "eighty", VARIANT: "c", DATABASE_PASSWORD_FILE: "/nowhere/password", CLUSTER: "" };
    const env = buildEnv({ ...wrong, KUBERNETES_SERVICE_HOST: undefined, DATABASE_HOST: undefined });
    assert.throws(
      () => readSettings(env),
      (error: Error) => {
        assert.ok(error instanceof SettingsError);
        for (const part of [
          /PORT: must be integer/,
          /VARIANT: must be equal to one of the allowed values: a, b/,
          /DATABASE_HOST: missing/,
          /DATABASE_PASSWORD: expected either this or DATABASE_PASSWORD_FILE/,
          /KUBERNETES_SERVICE_HOST: missing.*CLUSTER=off/,
        ]) {
          assert.match(error.message, part);
        }
        assert.doesNotMatch(error.message, /s3cret|eighty/);
        return true;
      },
    );
  });

  it("have an administrator to migrate with, and to serve have none", () => {
    const administrator = { DATABASE_ADMIN_USER: "dbadmin", DATABASE_ADMIN_PASSWORD: "mighty" };
    const outside = { ...administrator, KUBERNETES_SERVICE_HOST: undefined };
    assert.equal(readSettings(buildEnv(outside), "migrate").databaseAdminPassword(), "mighty");
    assert.equal(readSettings(buildEnv(administrator)).databaseAdminPassword(), "");
    assert.throws(
      () => readSettings(buildEnv(), "migrate"),
      /DATABASE_ADMIN_USER: missing\n.*DATABASE_ADMIN_PASSWORD: expected either this or DATABASE_ADMIN_PASSWORD_FILE/,
    );
  });

  it("read the password and the authority from files, without the line break at the end", () => {
    const folder = mkdtempSync(join(tmpdir(), "backend-settings-"));
    try {
      writeFileSync(join(folder, "password"), "pass word\n");
      const env = buildEnv({
        DATABASE_PASSWORD: undefined,
        DATABASE_PASSWORD_FILE: join(folder, "password"),
      });
      const { databasePassword } = readSettings(env);
      assert.equal(databasePassword(), "pass word");
      writeFileSync(join(folder, "password"), "another");
      assert.equal(databasePassword(), "another", "a rotated password needs no new start");
      assert.throws(() => readSettings({ ...env, DATABASE_CA_FILE: join(folder, "ca") }), /DATABASE_CA_FILE: cannot read .*ENOENT/); // prettier-ignore
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

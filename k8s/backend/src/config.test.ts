import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
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
    using folder = mkdtempDisposableSync(join(tmpdir(), "backend-settings-"));
    writeFileSync(join(folder.path, "password"), "pass word\n");
    const env = buildEnv({
      DATABASE_PASSWORD: undefined,
      DATABASE_PASSWORD_FILE: join(folder.path, "password"),
    });
    const { databasePassword } = readSettings(env);
    assert.equal(databasePassword(), "pass word");
    writeFileSync(join(folder.path, "password"), "another");
    assert.equal(databasePassword(), "another", "a rotated password needs no new start");
    assert.throws(() => readSettings({ ...env, DATABASE_CA_FILE: join(folder.path, "ca") }), /DATABASE_CA_FILE: cannot read .*ENOENT/); // prettier-ignore
  });

  // prettier-ignore
  const numbers: [name: string, ours: number, least: number, most: number, step?: number][] = [
    ["DATABASE_PORT", 5432, 0, 65_535], ["PORT", 8080, 0, 65_535], ["METRICS_PORT", 9464, 0, 65_535],
    ["KUBERNETES_SERVICE_PORT", 443, 0, 65_535], ["DATABASE_CONNECTIONS", 5, 1, 100],
    ["COLLECT_SECONDS", 2, 0, 3600, 0.01], ["RETENTION_HOURS", 24, 0.1, 87_600, 0.01],
    ["CPU_TEST_MAX_SECONDS", 0, 0, 60], ["BURST_MAX_REQUESTS", 0, 0, 500], ["PROXIES", 0, 0, 10],
    ["REQUEST_TIMEOUT_SECONDS", 20, 0.1, 300, 0.01], ["FEED_CLIENTS", 300, 1, 10_000],
    ["FEED_CLIENTS_PER_ADDRESS", 20, 1, 10_000], ["SHUTDOWN_DELAY_SECONDS", 5, 0, 20, 0.01],
  ];
  const read = (name: string, value?: number) =>
    (readSettings(buildEnv({ [name]: value === undefined ? undefined : String(value) })) as unknown as Record<string, unknown>)[name]; // prettier-ignore
  for (const [name, ours, least, most, step = 1] of numbers)
    it(`take ${name} from ${least} to ${most}, and ${ours} where it is not said`, () => {
      assert.equal(read(name), ours);
      assert.deepEqual([read(name, least), read(name, most)], [least, most]);
      assert.throws(() => read(name, least - step), new RegExp(`${name}: must be >= ${least}`));
      assert.throws(() => read(name, most + step), new RegExp(`${name}: must be <= ${most}`));
      if (step === 1) assert.throws(() => read(name, least + 0.5), /must be integer/);
    });

  it("are texts of their kind where they are no numbers", () => {
    const { PATH: _path, ...rest } = readSettings(buildEnv({ PATH: "/bin" })) as unknown as Record<
      string,
      unknown
    >;
    const texts = Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === "string"));
    for (const name of ["INSTANCE", "MACHINE"]) assert.ok(texts[name]);
    assert.deepEqual(
      { ...texts, INSTANCE: "", MACHINE: "" },
      {
        ...{ DATABASE_HOST: "db", DATABASE_NAME: "demo", DATABASE_USER: "app", DATABASE_PASSWORD: "s3cret" },
        ...{ DATABASE_ADMIN_USER: "", DATABASE_TLS: "verify", LISTEN_HOST: "0.0.0.0", VARIANT: "a" },
        ...{ INSTANCE: "", MACHINE: "", CLUSTER: "on", KUBERNETES_SERVICE_HOST: "10.0.0.1" },
        SERVICE_ACCOUNT_DIR: "/var/run/secrets/kubernetes.io/serviceaccount",
        SPOT_NODE_LABELS: "kubernetes.azure.com/scalesetpriority=spot",
        ...{ SHOWN_NAMESPACES: "", LOG_LEVEL: "info" },
      },
    );
    const refused: [name: string, value: string][] = [
      ["PROMETHEUS_URL", "prometheus:9090"],
      ["BURST_URL", "ftp://gateway"],
      ["SPOT_NODE_LABELS", "spot"],
      ["MACHINE", "Upper Case"],
      ["DATABASE_TLS", "on"],
      ["LOG_LEVEL", "loud"],
    ];
    for (const [name, value] of refused)
      assert.throws(() => readSettings(buildEnv({ [name]: value })), new RegExp(`${name}: must`), name);
    assert.equal(readSettings(buildEnv()).samplesToken, undefined);
    assert.equal(readSettings(buildEnv({ SAMPLES_TOKEN: "t" })).samplesToken?.(), "t");
    assert.throws(
      () => readSettings(buildEnv({ SAMPLES_TOKEN: "t", SAMPLES_TOKEN_FILE: "/t" })),
      /SAMPLES_TOKEN: expected either this or SAMPLES_TOKEN_FILE/,
    );
    assert.doesNotThrow(() => readSettings(buildEnv({ CLUSTER: "off", KUBERNETES_SERVICE_HOST: undefined })));
  });
});

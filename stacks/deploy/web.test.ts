// Backend and frontend: what runs, with which settings, and where their secret is.
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { V1ConfigMap, V1Deployment, V1Job, V1NetworkPolicy, V1PodSpec } from "@kubernetes/client-node";
import { configFile } from "../testing/configFiles.ts";
import { isSecret, record, type Recording } from "../record.ts";
import { buildDbOutputs, defaultStacks } from "../record/replies.ts";

function podOf({ find }: Recording, name: string): V1PodSpec {
  const { spec } = find("kubernetes:apps/v1:Deployment", name).inputs as unknown as V1Deployment;
  assert.ok(spec?.template.spec);
  return spec.template.spec;
}

function configMapOf({ find }: Recording, namespace: string, name: string | undefined): V1ConfigMap {
  const { inputs } = find("kubernetes:core/v1:ConfigMap", `${namespace}/${name}`);
  assert.equal(inputs["immutable"], true);
  return inputs;
}

/** Of the Job that prepares the database. */
function preparing({ find }: Recording) {
  const { spec } = find("kubernetes:batch/v1:Job", "database/database").inputs as unknown as V1Job;
  assert.ok(spec?.template.spec);
  return {
    pod: spec.template.spec,
    fingerprint: spec.template.metadata?.annotations?.["spot-balancer/passwords"],
  };
}

function passwordsIn({ find }: Recording, secret: string): Record<string, string> {
  const { data } = find("kubernetes:core/v1:Secret", secret).inputs;
  assert.ok(isSecret(data));
  const entries = Object.entries(data.value as Record<string, string>);
  return Object.fromEntries(entries.map(([file, text]) => [file, Buffer.from(text, "base64").toString()]));
}

const volumeOf = (pod: V1PodSpec, name: string) => pod.volumes?.find((volume) => volume.name === name);
const settingsOf = (recording: Recording) =>
  configMapOf(
    recording,
    "backend",
    podOf(recording, "backend/backend-a").containers[0]?.envFrom?.[0]?.configMapRef?.name,
  ).data;

describe("backend and frontend", () => {
  let local: Recording;
  before(async () => {
    local = await record("deploy-local", { config: configFile("deploy-local") });
  });

  it("are their programs, below the limit of a ConfigMap", () => {
    for (const [namespace, name] of [
      ["backend", "backend-a"],
      ["backend", "backend-b"],
      ["frontend", "frontend"],
    ] as const) {
      const pod = podOf(local, `${namespace}/${name}`);
      assert.deepEqual(pod.containers[0]?.args, [`--import=/opt/${namespace}/unpack.mjs`, "/tmp/main.mjs"]);
      const { binaryData } = configMapOf(local, namespace, volumeOf(pod, "program")?.configMap?.name);
      assert.ok(gunzipSync(Buffer.from(binaryData?.["main.mjs.gz"] ?? "", "base64")).length > 100_000);
    }
  });

  it("the page comes with each file gzipped beside it, and names its files after their content", () => {
    const page = volumeOf(podOf(local, "frontend/frontend"), "page")?.configMap?.name;
    const { data, binaryData = {} } = configMapOf(local, "frontend", page);
    assert.equal(data, undefined, "text would be searched for paths by the process node");
    const text = (name: string) => Buffer.from(binaryData[name] ?? "", "base64");
    const names = Object.keys(binaryData).filter((name) => !name.endsWith(".gz"));
    for (const name of names) assert.deepEqual(gunzipSync(text(`${name}.gz`)), text(name), name);
    const sent = names.reduce((sum, name) => sum + text(`${name}.gz`).length, 0);
    assert.ok(sent < 150_000, `the page weighs ${sent} bytes`);
    const others = names.filter((name) => name !== "index.html");
    assert.ok(others.length >= 2);
    for (const name of others) assert.ok(text("index.html").includes(`/${name}"`), name);
  });

  it("the backend takes where the database is from db's outputs, and signs in with a login of its own", () => {
    assert.deepEqual(settingsOf(local), {
      DATABASE_HOST: "recorded.postgres.database.azure.com",
      DATABASE_PORT: "5432",
      DATABASE_NAME: "demo",
      DATABASE_USER: "demo_api",
      DATABASE_CONNECTIONS: "5",
      DATABASE_CA_FILE: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
      SPOT_NODE_LABELS: "kubernetes.azure.com/scalesetpriority=spot",
      SHOWN_NAMESPACES: "*", // only locally; see below
      CPU_TEST_MAX_SECONDS: "30",
      BURST_MAX_REQUESTS: "100",
      BURST_URL: "http://gateway.gateway.svc/api/info",
    });
    assert.equal(
      volumeOf(podOf(local, "backend/backend-a"), "database")?.secret?.secretName,
      "backend-database",
    );
    assert.deepEqual(passwordsIn(local, "backend/backend-database"), {
      password: "recorded-Password of databaseApiPassword",
    });
  });

  it("the page names what this stack brings, on Azure; which namespaces is said in the configuration", async () => {
    const shown = async (page?: object) => {
      const config = { ...configFile("deploy-dev"), ...(page && { page: JSON.stringify(page) }) };
      return settingsOf(await record("deploy-dev", { config }))?.["SHOWN_NAMESPACES"];
    };
    assert.equal(await shown(), "backend,banking,demo,frontend");
    assert.equal(await shown({ namespaces: ["shop"] }), "shop");
    assert.equal(await shown({ namespaces: [] }), "");
    await assert.rejects(shown({ namespaces: ["a,b"] }), /page\.namespaces/);
  });

  it("the token for samples is random, mounted by both variants, and a secret output", () => {
    for (const name of ["backend-a", "backend-b"]) {
      const volume = volumeOf(podOf(local, `backend/${name}`), "samples");
      assert.equal(volume?.secret?.secretName, "backend-samples", name);
    }
    const { token = "" } = passwordsIn(local, "backend/backend-samples");
    assert.equal(token, "recorded-Password of samplesToken");
    assert.ok(isSecret(local.outputs["samplesToken"]));
    assert.ok(local.find("random:index/randomPassword:RandomPassword", "samplesToken"));
  });

  it("the administrator's password goes to what prepares the database, and to nothing else", () => {
    const { pod } = preparing(local);
    assert.equal(volumeOf(pod, "logins")?.secret?.secretName, "database-logins");
    assert.deepEqual(passwordsIn(local, "database/database-logins"), {
      api: "recorded-Password of databaseApiPassword",
      administrator: "password of db",
    });
    assert.deepEqual(pod.containers[0]?.args?.slice(1), ["/tmp/main.mjs", "migrate"]);
    const base64 = Buffer.from("password of db").toString("base64");
    const holders = local.resources.filter(({ inputs }) =>
      /password of db|database-logins/.test(JSON.stringify(inputs).replaceAll(base64, "password of db")),
    );
    assert.deepEqual(holders.map(({ name }) => name).sort(), [
      "database/database",
      "database/database-logins",
    ]);
    // Traefik reads the Secrets of the namespaces with routes; here it is bound to nothing, and nobody else is.
    const bindings = local.all("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding").map(({ name }) => name);
    assert.ok(bindings.some((name) => name.startsWith("backend/")));
    assert.ok(!bindings.some((name) => name.startsWith("database/")));
  });

  it("another password makes another Job, and a raised version another password", async () => {
    const config = {
      ...configFile("deploy-local"),
      database: { authority: "cluster", apiPasswordVersion: 2 },
    };
    const db = { ...buildDbOutputs({ databasePassword: "another" }) };
    const stacks = { ...defaultStacks("deploy-local"), "organization/spot-balancer/db-local": db };
    const renewed = await record("deploy-local", { config, stacks });
    const [before, after] = [local, renewed].map((one) => preparing(one).fingerprint);
    assert.match(before ?? "", /^[0-9a-f]{64}$/);
    assert.notEqual(after, before);
    const { keepers } = renewed.find(
      "random:index/randomPassword:RandomPassword",
      "databaseApiPassword",
    ).inputs;
    assert.deepEqual(keepers, { version: "2" });
  });

  it("make no load on request unless configuration says so, and believe public authorities only", async () => {
    const dev = await record("deploy-dev", { config: configFile("deploy-dev") });
    const { CPU_TEST_MAX_SECONDS, BURST_MAX_REQUESTS, DATABASE_CA_FILE } = settingsOf(dev) ?? {};
    assert.deepEqual([CPU_TEST_MAX_SECONDS, BURST_MAX_REQUESTS, DATABASE_CA_FILE], ["0", "0", undefined]);
  });

  it("take images of your own, and a database of your own at its port", async () => {
    const own = await record("deploy-dev", {
      config: {
        backendImage: "registry.example/backend:1",
        frontendImage: "registry.example/frontend:1",
        database: { host: "postgres.example", port: 6432, user: "app", apiUser: "app" },
        databasePassword: "mine",
      },
      secrets: ["databasePassword"],
    });
    for (const name of ["backend/backend-b", "frontend/frontend"]) {
      const pod = podOf(own, name);
      const [container] = pod.containers;
      assert.match(container?.image ?? "", /^registry\.example/);
      assert.deepEqual([container?.command, container?.args], [undefined, undefined]);
      assert.deepEqual([volumeOf(pod, "program"), volumeOf(pod, "page")], [undefined, undefined]);
    }
    const { DATABASE_HOST, DATABASE_PORT, DATABASE_USER } = settingsOf(own) ?? {};
    assert.deepEqual([DATABASE_HOST, DATABASE_PORT, DATABASE_USER], ["postgres.example", "6432", "app"]);
    const { pod: preparer, fingerprint } = preparing(own);
    assert.deepEqual(preparer.containers[0]?.args, ["migrate"]);
    // The one login of this server makes none, and a hash of a password that a person chose could be guessed.
    assert.equal(fingerprint, undefined);
    assert.deepEqual(passwordsIn(own, "backend/backend-database"), { password: "mine" });
    const policy = own.find("kubernetes:networking.k8s.io/v1:NetworkPolicy", "backend/backend-a")
      .inputs as unknown as V1NetworkPolicy;
    const ports = policy.spec?.egress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port));
    assert.ok(ports?.includes(6432) && !ports.includes(5432));
  });
});

// Each policy rule both ways: what passes, and what is refused.
import assert from "node:assert/strict";
import type { Profile } from "../config/schema.ts";
import { checkResource, checkStack, describeViolations } from "./check.ts";
import type { DeclaredResource } from "./model.ts";
import { types } from "./rules.ts";
import { leaks } from "../testing/leaks.ts";

const tags = { project: "p", environment: "prod", layer: "base", "managed-by": "pulumi" };

/** Ordinary inputs of a type, which pass in production. */
const good: Record<string, Record<string, unknown>> = {
  [types.cluster]: {
    tags,
    disableLocalAccounts: true,
    agentPoolProfiles: [{ name: "system", mode: "System", tags }],
  },
  [types.agentPool]: { tags, mode: "User", scaleSetPriority: "Spot" },
  [types.registry]: { tags, adminUserEnabled: false },
  [types.server]: { tags, network: { publicNetworkAccess: "Disabled" } },
  [types.lock]: { level: "CanNotDelete" },
  [types.database]: {},
  "azure-native:network:Subnet": {},
  "kubernetes:apps/v1:Deployment": {
    spec: {
      automountServiceAccountToken: false,
      env: [
        { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db" } } },
        { name: "TOKEN_FILE", value: "/var/token" },
      ],
    },
  },
};

const buildResource = (type: string, changes: Partial<DeclaredResource> = {}): DeclaredResource => ({
  type,
  name: "it",
  protect: true,
  ...changes,
  inputs: { ...good[type], ...changes.inputs },
});

const check = (type: string, changes: Partial<DeclaredResource>, profile: Profile = "prod") =>
  checkResource(buildResource(type, changes), profile).map(({ rule, problem }) => `${rule}: ${problem}`);

describe("policy rules", () => {
  for (const type of Object.keys(good)) {
    it(`let an ordinary ${type} pass, in production and in dev`, () => {
      assert.deepEqual([...check(type, {}), ...check(type, {}, "dev")], []);
    });
  }

  it("let a regular pool be a system pool", () => {
    const inputs = { mode: "System", scaleSetPriority: "Regular" };
    assert.deepEqual(check(types.agentPool, { inputs }), []);
  });

  const refused: [
    what: string,
    type: string,
    changes: Partial<DeclaredResource>,
    expected: string[],
    inDev: boolean,
  ][] = [
    [
      "a public database",
      types.server,
      { inputs: { network: { publicNetworkAccess: "Enabled" } } },
      ['no-public-database: network.publicNetworkAccess: expected "Disabled", got "Enabled"'],
      false,
    ],
    [
      "a database that does not say whether it is public",
      types.server,
      { inputs: { network: {} } },
      ['no-public-database: network.publicNetworkAccess: expected "Disabled", got nothing'],
      false,
    ],
    [
      "a firewall rule",
      types.firewallRule,
      { inputs: { startIpAddress: "20.0.0.1" } },
      ["no-public-database: expected no firewall rule, as no database is public"],
      false,
    ],
    [
      "local accounts",
      types.cluster,
      { inputs: { disableLocalAccounts: false } },
      ["no-local-accounts: disableLocalAccounts: expected true, got false"],
      false,
    ],
    [
      "a registry with a password",
      types.registry,
      { inputs: { adminUserEnabled: true } },
      ["no-local-accounts: adminUserEnabled: expected false, got true"],
      true,
    ],
    [
      "a missing tag",
      types.registry,
      { inputs: { tags: { ...tags, layer: "" } } },
      ['tags: tags.layer: expected a value, got ""'],
      true,
    ],
    [
      "a type that nobody thought of, without tags",
      "azure-native:compute:Disk",
      {},
      ["project", "environment", "layer", "managed-by"].map(
        (tag) => `tags: tags.${tag}: expected a value, got nothing`,
      ),
      true,
    ],
    [
      "an inner pool without tags",
      types.cluster,
      { inputs: { agentPoolProfiles: [{ mode: "System", tags: { ...tags, project: undefined } }] } },
      ["tags: agentPoolProfiles[0].tags.project: expected a value, got nothing"],
      true,
    ],
    [
      "a spot pool for the system",
      types.agentPool,
      { inputs: { mode: "System" } },
      ['spot-never-system: mode: expected "User", got "System"'],
      true,
    ],
    [
      "a spot pool inside of the cluster",
      types.cluster,
      { inputs: { agentPoolProfiles: [{ tags, scaleSetPriority: "Spot" }] } },
      ["spot-never-system: agentPoolProfiles[0]: expected no spot pool inside of the cluster"],
      true,
    ],
    ...[types.server, types.database, types.lock].map((type): (typeof refused)[number] => [
      `an unprotected ${type}`,
      type,
      { protect: false },
      ["protected-database: expected protection (protect: true), got none"],
      false,
    ]),
    [
      "a secret's name with plain text, at any depth",
      "kubernetes:core/v1:ConfigMap",
      { inputs: { data: { "admin-password": "swordfish" }, list: [{ apiKey: "abc" }] } },
      [
        "no-plain-secrets: data.admin-password: expected a secret, got plain text (not shown)",
        "no-plain-secrets: list[0].apiKey: expected a secret, got plain text (not shown)",
      ],
      true,
    ],
    [
      "a secret in an environment variable",
      "kubernetes:apps/v1:Deployment",
      { inputs: { spec: { env: [{ name: "GRAFANA_TOKEN", value: "swordfish" }] } } },
      ["no-plain-secrets: spec.env[0] (GRAFANA_TOKEN): expected a secret, got plain text (not shown)"],
      true,
    ],
  ];
  for (const [what, type, changes, expected, inDev] of refused) {
    it(`refuse ${what}${inDev ? ", in dev as well" : ", in production only"}`, () => {
      assert.deepEqual(check(type, changes), expected);
      assert.deepEqual(check(type, changes, "dev"), inDev ? expected : []);
    });
  }

  it("refuse a rule for all of Azure, even in dev", () => {
    const problems = check(types.firewallRule, { inputs: { startIpAddress: "0.0.0.0" } }, "dev");
    assert.match(
      problems.join(),
      /no-open-firewall: startIpAddress: expected an address of your own, got "0\.0\.0\.0"/,
    );
  });

  it("refuse a database without a lock outside dev", () => {
    const [server, lock] = [buildResource(types.server), buildResource(types.lock)];
    const readOnly = buildResource(types.lock, { inputs: { level: "ReadOnly" } });
    assert.deepEqual(checkStack([server, lock], "prod"), []);
    assert.deepEqual(checkStack([server], "dev"), []);
    assert.deepEqual(checkStack([buildResource(types.cluster)], "prod"), []);
    for (const resources of [[server], [server, readOnly]]) {
      assert.deepEqual(
        checkStack(resources, "prod").map(({ rule, resource }) => [rule, resource]),
        [["locked-database", "it"]],
      );
    }
  });

  it("are told all at once, each with its resource", () => {
    const violations = checkResource(
      buildResource(types.server, { protect: false, inputs: { network: {} } }),
      "prod",
    );
    const text = describeViolations("db-prod", violations);
    assert.match(
      text,
      /^db-prod breaks 2 policies .*\n {2}no-public-database: it: .*\n {2}protected-database: it: /,
    );
  });
});

describe("leaks", () => {
  const secretOf = (value: unknown) =>
    typeof value === "object" && value !== null && "sealed" in value ? { value: value.sealed } : undefined;
  const sealed = { sealed: "Swordfish-77" };

  it("finds nothing where secrets stay secrets", () => {
    assert.deepEqual(
      leaks({ server: { password: sealed, name: "x" }, output: sealed }, secretOf, ["hunter2"]),
      [],
    );
  });

  it("finds a secret elsewhere: whole, as a part, in base64, and one that is known from elsewhere", () => {
    const found = leaks(
      {
        server: { password: sealed },
        whole: ["Swordfish-77"],
        part: { url: "postgres://a:Swordfish-77@b" },
        encoded: { data: Buffer.from("Swordfish-77").toString("base64") },
        configured: "hunter2",
        innocent: "fish",
      },
      secretOf,
      ["hunter2"],
    );
    assert.deepEqual(found, ["whole", "part", "encoded", "configured"]);
  });
});

// Configuration that is wrong: every problem, with the key, what was expected and what came.
import assert from "node:assert/strict";
import { base } from "./config/base.ts";
import { db } from "./config/db.ts";
import { deploy } from "./config/deploy.ts";
import { ConfigError, show, suggestion } from "./config/problems.ts";
import { checkConfig, type LayerSchema, type Profile } from "./config/schema.ts";

const schemas = { base, db, deploy } as unknown as Record<string, LayerSchema>;

/** What is valid and needed before a case changes it. */
const valid: Record<string, Record<string, unknown>> = {
  base: { adminGroupIds: ["11111111-2222-3333-4444-555555555555"], authorizedIpRanges: ["20.0.0.0/24"] },
  db: {},
  deploy: {},
};

interface Options {
  profile?: Profile;
  /** Keys that are kept as secrets. */
  secrets?: string[];
}

function check(
  layer: string,
  changes: Record<string, unknown>,
  { profile = "prod", secrets = [] }: Options = {},
) {
  const schema = schemas[layer];
  if (!schema) throw new Error(`no layer ${layer}`);
  const entries = Object.entries({ ...valid[layer], ...changes }).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [key, { text, secret: secrets.includes(key) }] as const;
  });
  return checkConfig(schema, new Map(entries), profile);
}

const spotPool = (changes: object) => ({
  spotPools: [{ name: "spot", vmSize: "Standard_D2as_v5", ...changes }],
});

/** layer, configuration, the one problem (`key: expected …, got …`), options. */
const wrong: [layer: string, config: Record<string, unknown>, problem: string, options?: Options][] = [
  [
    "base",
    { regoinPool: 1 },
    'regoinPool: expected a known key (did you mean "regularPool"?), got an unknown key',
  ],
  [
    "base",
    { locatoin: "x" },
    'locatoin: expected a known key (did you mean "location"?), got an unknown key',
  ],
  ["base", { regularPool: { min: "2", max: 1 } }, 'regularPool.min: expected a number, got "2"'],
  // What every object inherits is no key of ours either.
  [
    "base",
    { constructor: 1 },
    `constructor: expected one of the keys ${[...Object.keys(schemas["base"]!.keys.shape)].sort().join(", ")}, got an unknown key`,
  ],
  ["base", { natGateway: "yes" }, 'natGateway: expected a boolean, got "yes"'],
  [
    "base",
    { kubernetesVersion: "1.21" },
    'kubernetesVersion: expected one of "1.34", "1.35", "1.36", got "1.21"',
  ],
  [
    "base",
    { addressSpace: "10.10.0.0" },
    'addressSpace: expected an IPv4 range such as 10.0.0.0/16, written from its first address, got "10.10.0.0"',
  ],
  [
    "base",
    { nodeSubnet: "10.11.0.0/22" },
    'nodeSubnet: expected a range inside addressSpace 10.10.0.0/16, got "10.11.0.0/22"',
  ],
  [
    "base",
    { databaseSubnet: "10.10.3.0/28" },
    'databaseSubnet: expected no overlap with nodeSubnet 10.10.0.0/22, got "10.10.3.0/28"',
  ],
  [
    "base",
    { databaseSubnet: "10.10.4.0/29" },
    'databaseSubnet: expected /28 or larger (PostgreSQL), got "10.10.4.0/29"',
  ],
  [
    "base",
    { serviceRange: "10.244.8.0/24" },
    'serviceRange: expected no overlap with podRange 10.244.0.0/16, got "10.244.8.0/24"',
  ],
  [
    "base",
    spotPool({ vmSize: "Standard_B2s" }),
    'spotPools[0].vmSize: expected a size that Azure sells as spot, which no B-series is (Standard_D2as_v5 is cheap), got "Standard_B2s"',
  ],
  [
    "base",
    spotPool({ mode: "System" }),
    'spotPools[0].mode: expected "User": a spot pool cannot be a system pool, got "System"',
  ],
  [
    "base",
    { systemPool: { priority: "spot" } },
    'systemPool.priority: expected "regular": a system pool cannot be spot, got "spot"',
  ],
  [
    "base",
    spotPool({ name: "verylongspotpool" }),
    'spotPools[0].name: expected 1 to 12 lower-case letters and digits, a letter first, got "verylongspotpool"',
  ],
  [
    "base",
    spotPool({ name: "Spot" }),
    'spotPools[0].name: expected 1 to 12 lower-case letters and digits, a letter first, got "Spot"',
  ],
  [
    "base",
    spotPool({ name: "regular" }),
    'spotPools[0].name: expected a name that no other pool has, got "regular"',
  ],
  [
    "base",
    spotPool({ maxprice: 1 }),
    'spotPools[0]: expected a known key (did you mean "maxPrice"?), got "maxprice"',
  ],
  ["base", { regularPool: { min: 4, max: 2 } }, "regularPool.min: expected min to be at most max (2), got 4"],
  ["base", { spotPools: [] }, "spotPools: expected at least 1 entry, got []"],
  [
    "base",
    { systemPool: { vmSize: "Standard_B2s" } },
    'systemPool.vmSize: expected no B-series: its CPU credits run out under critical add-ons (Standard_D2as_v5 is cheap), got "Standard_B2s"',
  ],
  ["base", { localAccounts: true }, "localAccounts: expected false in production, got true"],
  [
    "base",
    { adminGroupIds: [] },
    "adminGroupIds: expected at least 1 entry, as localAccounts is false, got []",
  ],
  [
    "base",
    { authorizedIpRanges: [] },
    "authorizedIpRanges: expected ranges that may reach the API server, or privateCluster, got []",
  ],
  [
    "base",
    { authorizedIpRanges: ["0.0.0.0/0"] },
    'authorizedIpRanges[0]: expected a range of /16 or narrower, got "0.0.0.0/0"',
  ],
  [
    "base",
    { sshPublicKey: "my key" },
    'sshPublicKey: expected an OpenSSH public key (ssh-ed25519 … or ssh-rsa …), got "my key"',
  ],
  ["db", { postgresVersion: "9" }, 'postgresVersion: expected one of "15", "16", "17", "18", got "9"'],
  ["db", { storage: 33 }, "storage: expected 32, 64, 128, … or 4096, got 33"],
  [
    "db",
    { dbAdminPassword: "Swordfish-77" },
    "dbAdminPassword: expected a secret (pulumi config set --secret dbAdminPassword), got plain text",
  ],
  [
    "db",
    { dbAdminPassword: "swordfish" },
    "dbAdminPassword: expected 8 to 128 characters with upper-case, lower-case and digits, got another value (not shown: secret)",
    { secrets: ["dbAdminPassword"] },
  ],
  [
    "db",
    { publicAccess: true },
    "firewallRules: expected at least 1 entry, as publicAccess is true, got []",
    { profile: "dev" },
  ],
  [
    "db",
    { publicAccess: true, firewallRules: [{ name: "all", start: "0.0.0.0", end: "255.255.255.255" }] },
    'firewallRules[0]: expected addresses of your own, not 0.0.0.0, got "0.0.0.0 – 255.255.255.255"',
    { profile: "dev" },
  ],
  [
    "db",
    { publicAccess: true, firewallRules: [{ name: "a", start: "20.0.0.0", end: "20.255.0.0" }] },
    'firewallRules[0]: expected at most 65536 addresses, got "20.0.0.0 – 20.255.0.0": 16711681',
    { profile: "dev" },
  ],
  [
    "db",
    { publicAccess: true, firewallRules: [{ name: "a", start: "20.0.0.9", end: "20.0.0.1" }] },
    'firewallRules[0]: expected start up to end, got "20.0.0.9 – 20.0.0.1"',
    { profile: "dev" },
  ],
  [
    "db",
    { publicAccess: true, firewallRules: [{ name: "a", start: "20.0.0.1", end: "20.0.0.9" }] },
    "publicAccess: expected false in production, got true",
  ],
  [
    "db",
    { highAvailability: "ZoneRedundant" },
    'highAvailability: expected Disabled, as Burstable servers have none, got "ZoneRedundant"',
  ],
  ["db", { databases: ["a", "a"] }, 'databases: expected each name once, got "a"'],
  [
    "db",
    { databases: ["a", "postgres"] },
    'databases: expected a name that the server does not have itself (postgres, template0, template1, azure_maintenance, azure_sys), got "postgres"',
  ],
  ["db", { retain: false }, "retain: expected true in production, got false"],
  [
    "deploy",
    { cluster: "existing", systemNodeLabels: {}, regularNodeLabels: {}, spotNodeLabels: {} },
    "kubeconfig: expected a secret, as cluster is existing, got nothing",
  ],
  [
    "deploy",
    { kubeconfig: "x" },
    "kubeconfig: expected nothing, as cluster is base, got a value (not shown: secret)",
    { secrets: ["kubeconfig"] },
  ],
  [
    "deploy",
    { balancerSchedule: "hourly" },
    'balancerSchedule: expected a cron expression such as "*/1 * * * *", got "hourly"',
  ],
  [
    "deploy",
    { policy: { idle: { windowMinutes: "5" } } },
    "policy.idle.windowMinutes: expected a valid policy, got expected number, received string",
  ],
  [
    "deploy",
    { policy: { pools: { spot: { nodeLabels: { a: "b" } } } } },
    'policy.pools.spot.nodeLabels: expected nothing: use spotNodeLabels, got {"a":"b"}',
  ],
  [
    "deploy",
    { demoLoad: { "ngnix-demo": { cpu: "4m" } } },
    'demoLoad: expected a known key (did you mean "nginx-demo"?), got "ngnix-demo"',
  ],
];

/** What lies just within the bounds. */
const accepted: [layer: string, config: Record<string, unknown>, options?: Options][] = [
  ["base", { regularPool: { min: 2, max: 2 }, ...spotPool({ min: 3, max: 3 }) }],
  ["base", { authorizedIpRanges: ["20.0.0.0/16"] }],
  ["base", { authorizedIpRanges: ["20.0.0.0/15"] }, { profile: "dev" }],
  ["base", { authorizedIpRanges: [], privateCluster: true }],
  ["base", { authorizedIpRanges: [] }, { profile: "dev" }],
  ["base", { adminGroupIds: [], localAccounts: true }, { profile: "dev" }],
  ["base", { addressSpace: "10.10.0.0/21", nodeSubnet: "10.10.0.0/22", databaseSubnet: "10.10.4.0/22" }],
  ["base", spotPool({ maxPrice: 0.001, mode: "User" })],
  ["db", { publicAccess: true, firewallRules: [rule("20.0.0.0", "20.0.255.255")] }, { profile: "dev" }],
  ["db", { publicAccess: true, firewallRules: [rule("10.0.0.1", "10.0.0.1")] }, { profile: "dev" }],
  ["db", { serverSize: "Standard_E2ds_v5", highAvailability: "SameZone" }],
  ["db", { retain: true }],
  ["db", { retain: false }, { profile: "dev" }],
  ["db", { dbAdminPassword: "Abcdefg1" }, { secrets: ["dbAdminPassword"] }],
  ["deploy", { registryMirror: "base" }],
  ["deploy", { parts: ["gateway", "apps"], gateway: { weights: { a: 0, b: 1 } } }],
  [
    "deploy",
    { balancerAzureClientId: "11111111-2222-3333-4444-555555555555", balancerPrometheusSecretName: "login" },
  ],
  ["deploy", { parts: ["demo"], database: { host: "db.example" } }],
];

/** One step beyond them: layer, configuration, keys with a problem, options. */
const beyond: [layer: string, config: Record<string, unknown>, keys: string[], options?: Options][] = [
  ["base", { authorizedIpRanges: ["20.0.0.0/24", "20.2.0.0/15"] }, ["authorizedIpRanges[1]"]],
  ["base", { privateCluster: true }, ["authorizedIpRanges"], { profile: "dev" }],
  ["base", { adminGroupIds: [] }, ["adminGroupIds"], { profile: "dev" }],
  ["base", { podRange: "10.10.8.0/24" }, ["podRange"]],
  ["base", { serviceRange: "10.10.8.0/24" }, ["serviceRange"]],
  ["base", { podRange: "10.10.0.0/22" }, ["podRange", "podRange"]],
  ["base", { databaseSubnet: "10.11.0.0/28" }, ["databaseSubnet"]],
  ["base", { addressSpace: "10.10.0.0/22" }, ["databaseSubnet"]],
  ["base", { regularPool: { name: "system" } }, ["regularPool.name"]],
  ["base", { spotPools: [{ name: "one" }, { name: "one" }] }, ["spotPools[1].name"]],
  ["base", { ...spotPool({ min: 3, max: 2 }), localAccounts: true }, ["spotPools[0].min", "localAccounts"]],
  ["base", spotPool({ maxPrice: 0 }), ["spotPools[0].maxPrice"]],
  [
    "db",
    { publicAccess: true, firewallRules: [rule("20.0.0.0", "20.1.0.0")] },
    ["firewallRules[0]"],
    { profile: "dev" },
  ],
  [
    "db",
    { publicAccess: true, firewallRules: [rule("0.1.2.3", "0.1.2.3")] },
    ["firewallRules[0]"],
    { profile: "dev" },
  ],
  [
    "db",
    { publicAccess: true, firewallRules: [rule("20.0.0.2", "20.0.0.1")] },
    ["firewallRules[0]"],
    { profile: "dev" },
  ],
  ["db", { firewallRules: [rule("20.0.0.0", "20.0.0.255")] }, ["firewallRules"]],
  ["db", { firewallRules: [rule("20.0.0.0", "20.0.1.0")] }, ["firewallRules[0]", "firewallRules"]],
  ["db", { highAvailability: "SameZone" }, ["highAvailability"]],
  ["db", { databases: ["a", "b", "a", "a"] }, ["databases", "databases"]],
  ...["Abcdef1", "abcdefg1", "ABCDEFG1", "Abcdefgh"].map(
    (dbAdminPassword): (typeof beyond)[number] => ["db", { dbAdminPassword }, ["dbAdminPassword"], { secrets: ["dbAdminPassword"] }], // prettier-ignore
  ),
  ["deploy", { kubeContext: "here" }, ["kubeContext"]],
  [
    "deploy",
    { balancerAzureClientId: "11111111-2222-3333-4444-555555555555" },
    ["balancerPrometheusSecretName"],
  ],
  ["deploy", { database: { host: "db.example" } }, ["database.user", "databasePassword"]],
  ["deploy", { database: { user: "app" } }, ["database.user"]],
  [
    "deploy",
    { policy: { pools: { regular: { nodeLabels: {} }, spot: { nodeLabels: {} } } } },
    ["policy.pools.regular.nodeLabels", "policy.pools.spot.nodeLabels"],
  ],
  ["deploy", { parts: ["balancer"] }, ["prometheusUrl"]],
  ["deploy", { parts: ["apps"] }, ["parts"]],
  ["deploy", { gateway: { weights: { a: 0, b: 0 } } }, ["gateway.weights"]],
  [
    "deploy",
    { gateway: { controller: { className: "eg", namespace: "gateway" }, host: "a.example" } },
    ["gateway.controller.namespace"],
  ],
  ["deploy", { gateway: { controller: { className: "eg", namespace: "envoy" } } }, ["gateway.host"]],
  [
    "deploy",
    {
      cluster: "existing",
      kubeconfig: "x",
      registryMirror: "base",
      systemNodeLabels: {},
      regularNodeLabels: {},
    },
    ["spotNodeLabels", "registryMirror"],
    { secrets: ["kubeconfig"] },
  ],
];

function rule(start: string, end: string) {
  return { name: "office", start, end };
}

const line = ({ key, expected, got }: { key: string; expected: string; got: string }) =>
  `${key}: expected ${expected}, got ${got}`;

describe("configuration", () => {
  for (const layer of Object.keys(schemas)) {
    it(`accepts the defaults of ${layer} with what has none`, () => {
      assert.deepEqual(check(layer, {}).problems, []);
    });
  }

  for (const [layer, config, problem, options] of wrong) {
    it(`${layer} refuses ${problem}`, () => {
      const { problems, config: accepted } = check(layer, config, options);
      assert.deepEqual(problems.map(line), [problem]);
      assert.equal(accepted, undefined);
    });
  }

  for (const [layer, config, options = {}] of accepted)
    it(`${layer} accepts ${JSON.stringify(config)}${options.profile ? ` in ${options.profile}` : ""}`, () => {
      const { problems, warnings } = check(layer, config, options);
      assert.deepEqual([...problems, ...warnings].map(line), []); // prettier-ignore
    });
  for (const [layer, config, keys, options = {}] of beyond)
    it(`${layer} refuses ${JSON.stringify(config)}${options.profile ? ` in ${options.profile}` : ""}`, () =>
      assert.deepEqual(check(layer, config, options).problems.map(({ key }) => key), keys)); // prettier-ignore

  it("says everything that is wrong at once, also inside of one key", () => {
    const { problems } = check("base", {
      natGatewya: true,
      loction: "x",
      kubernetesVersion: "1.2",
      nodeSubnet: "172.16.0.0/22",
      spotPools: [{ name: "Much-too-long-name", vmSize: "Standard_B1s", min: 9, max: 1 }],
    });
    assert.deepEqual(
      problems.map(({ key }) => key),
      [
        "natGatewya",
        "loction",
        "kubernetesVersion",
        "spotPools[0].name",
        "spotPools[0].vmSize",
        "spotPools[0].min",
        "nodeSubnet",
      ],
    );
    const { message } = new ConfigError("base-prod", problems);
    assert.match(
      message,
      /^base-prod: 7 problems in the configuration \(stacks\/config\/Pulumi\.base-prod\.yaml\)\n/,
    );
    assert.equal(message.split("\n").length, 8);
    assert.match(new ConfigError("base-prod", problems.slice(0, 1)).message, /^base-prod: 1 problem in /);
  });

  it("shows of a long value its beginning", () => {
    assert.equal(show("x".repeat(78)), `"${"x".repeat(78)}"`);
    assert.equal(show("x".repeat(79)), `"${"x".repeat(76)}…`);
  });

  it("thinks of a key whose letters differ in two places, or in half of them", () => {
    const keys = ["tags", "addressSpace"];
    for (const [key, meant] of [
      ["taxx", "tags"],
      ["adreXXXXXace", "addressSpace"],
    ] as const)
      // prettier-ignore
      assert.equal(suggestion(key, keys), `a known key (did you mean "${meant}"?)`);
    for (const key of ["taxxx", "adrXXXXXXace"])
      assert.equal(suggestion(key, keys), "one of the keys addressSpace, tags");
  });

  it("only warns of a B-series system pool in dev", () => {
    const { config, warnings } = check(
      "base",
      { systemPool: { vmSize: "Standard_B2s" } },
      { profile: "dev" },
    );
    assert.ok(config);
    assert.deepEqual(
      warnings.map(({ key }) => key),
      ["systemPool.vmSize"],
    );
  });

  it("only warns of placeholders, which let nobody in", () => {
    const { config, warnings } = check("base", {
      adminGroupIds: ["00000000-0000-0000-0000-000000000000"],
      authorizedIpRanges: ["203.0.113.0/28", "20.0.0.0/24"],
    });
    assert.ok(config);
    assert.deepEqual(warnings.map(line), [
      "authorizedIpRanges[0]: expected a range of your network (until then nobody gets in), got the placeholder 203.0.113.0/28",
      "adminGroupIds[0]: expected the object ID of your Entra group (until then nobody gets in), got the placeholder 00000000-0000-0000-0000-000000000000",
    ]);
  });

  it("asks for every label of a cluster that it does not know", () => {
    const { problems } = check(
      "deploy",
      { cluster: "existing", kubeconfig: "x" },
      { secrets: ["kubeconfig"] },
    );
    assert.deepEqual(problems.map(line), [
      "systemNodeLabels: expected labels, as cluster is existing, got nothing",
      "regularNodeLabels: expected labels, as cluster is existing, got nothing",
      "spotNodeLabels: expected labels, as cluster is existing, got nothing",
    ]);
  });

  it("never shows a secret", () => {
    const { problems } = check("db", { dbAdminPassword: "hunter2" });
    assert.ok(problems.length > 0);
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
  });
});

// Microsoft's models as a check: what they take, and each way in which inputs can miss them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { knownTypes } from "../catalog.ts";
import { type Inputs, unknown } from "../problem.ts";
import { buildInputs, goodInputs } from "../testing/inputs.ts";
import { checkInputs } from "./checkInputs.ts";

const lines = (token: string, inputs: Inputs): string[] =>
  checkInputs(`azure-native:${token}`, inputs).map(({ path, message }) => `${path}: ${message}`);

describe("inputs held against Microsoft's models", () => {
  it("has ordinary inputs for every type that the emulated Azure knows, and finds nothing wrong with them", () => {
    assert.deepEqual(Object.keys(goodInputs).sort(), [...knownTypes].sort());
    for (const token of knownTypes) assert.deepEqual(checkInputs(token, goodInputs[token]!), [], token);
  });

  const cases: [what: string, token: string, changes: Inputs, expected: RegExp[]][] = [
    [
      "an unknown property, with the nearest known one",
      "containerservice:AgentPool",
      { nodeLables: { a: "b" } },
      [/^nodeLables: is not a property here; did you mean nodeLabels\?$/],
    ],
    [
      "an unknown property deep inside",
      "containerservice:ManagedCluster",
      { "networkProfile.podCdir": "10.244.0.0/16" },
      [/^networkProfile\.podCdir: is not a property here; did you mean podCidr\?$/],
    ],
    [
      "an unknown property without a near one",
      "network:Subnet",
      { zzzzzzzzzzzzzzz: 1 },
      [/^zzzzzzzzzzzzzzz: is not a property here$/],
    ],
    [
      "a read-only property",
      "containerservice:AgentPool",
      { provisioningState: "x" },
      [/^provisioningState: is read-only/],
    ],
    [
      "a missing property",
      "dbforpostgresql:Server",
      { "sku.tier": undefined },
      [/^sku\.tier: is missing, and required$/],
    ],
    [
      "a missing name",
      "network:Subnet",
      { subnetName: undefined },
      [/^subnetName: is missing, and required$/],
    ],
    [
      "a name with a hyphen",
      "containerregistry:Registry",
      { registryName: "spot-balancer" },
      [/^registryName: expected text that matches /],
    ],
    [
      "an address that is none",
      "dbforpostgresql:FirewallRule",
      { startIpAddress: "203.0.113" },
      [/^startIpAddress: expected text that matches /],
    ],
    [
      "a name of two letters",
      "managedidentity:FederatedIdentityCredential",
      { federatedIdentityCredentialResourceName: "ab" },
      [/^federatedIdentityCredentialResourceName: expected text that matches /],
    ],
    [
      "text for a number",
      "containerservice:AgentPool",
      { osDiskSizeGB: "32" },
      [/^osDiskSizeGB: expected a number, got "32"$/],
    ],
    [
      "a number for text",
      "containerservice:AgentPool",
      { vnetSubnetID: 7 },
      [/^vnetSubnetID: expected a string, got 7$/],
    ],
    ["text for a flag", "containerregistry:Registry", { adminUserEnabled: "no" }, [/expected true or false/]],
    [
      "one for a list",
      "network:VirtualNetwork",
      { "addressSpace.addressPrefixes": "10.1.0.0/16" },
      [/expected a list/],
    ],
    [
      "text for an object",
      "network:Subnet",
      { natGateway: "nat" },
      [/^natGateway: expected an object, got "nat"$/],
    ],
    [
      "a list for a map",
      "containerservice:AgentPool",
      { nodeLabels: ["a"] },
      [/^nodeLabels: expected a map, got a list of 1$/],
    ],
    [
      "a wrong type inside a map",
      "network:VirtualNetwork",
      { tags: { a: 1 } },
      [/^tags\.a: expected a string, got 1$/],
    ],
    [
      "a number over its range",
      "containerservice:AgentPool",
      { osDiskSizeGB: 4096 },
      [/^osDiskSizeGB: expected at most 2048, got 4096$/],
    ],
    [
      "a number under its range",
      "containerservice:AgentPool",
      { osDiskSizeGB: -1 },
      [/^osDiskSizeGB: expected at least 0/],
    ],
    [
      "a value outside of an enumeration",
      "containerservice:AgentPool",
      { scaleDownMode: "Perhaps" },
      [/^scaleDownMode: expected one of Delete, Deallocate, got "Perhaps"$/],
    ],
    [
      "such a value in a list's element",
      "network:NetworkSecurityGroup",
      {
        securityRules: [
          {
            ...(goodInputs["azure-native:network:NetworkSecurityGroup"]!["securityRules"] as Inputs[])[0],
            access: "Perhaps",
          },
        ],
      },
      [/^securityRules\[0\]\.access: expected one of Allow, Deny/],
    ],
    [
      "a name that does not match its pattern",
      "containerservice:AgentPool",
      { agentPoolName: "Spot-1" },
      [/^agentPoolName: expected text that matches/],
    ],
    [
      "a name that is too long",
      "containerservice:AgentPool",
      { agentPoolName: "aspotpoolname" },
      [/at most 12 characters/, /matches/],
    ],
    [
      "several at once",
      "containerservice:AgentPool",
      { osDiskSizeGB: "32", nodeLables: {} },
      [/^nodeLables/, /^osDiskSizeGB/],
    ],
  ];
  for (const [what, token, changes, expected] of cases) {
    it(`reports ${what}`, () => {
      const found = lines(token, buildInputs(token, changes)).sort();
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(found[index]!, pattern);
    });
  }

  it("passes over what is not known yet, at any depth", () => {
    const inputs = buildInputs("containerservice:ManagedCluster", {
      "networkProfile.podCidr": unknown,
      agentPoolProfiles: [
        { name: "system", mode: "System", count: unknown, vmSize: unknown, vnetSubnetID: unknown },
      ],
      tags: { a: unknown },
      identity: unknown,
    });
    assert.deepEqual(lines("containerservice:ManagedCluster", inputs), []);
  });

  it("spells the autoscaler's dashed settings as azure-native does, and takes identities as a list", () => {
    const inputs = buildInputs("containerservice:ManagedCluster", {
      autoScalerProfile: { balanceSimilarNodeGroups: "true", "skip-nodes-with-local-storage": "false" },
    });
    assert.deepEqual(lines("containerservice:ManagedCluster", inputs), [
      'autoScalerProfile["skip-nodes-with-local-storage"]: is not a property here; did you mean skipNodesWithLocalStorage?',
    ]);
  });

  it("never shows a secret's value", () => {
    const [line] = lines(
      "dbforpostgresql:Server",
      buildInputs("dbforpostgresql:Server", { administratorLoginPassword: "abc" }),
    );
    assert.ok(line);
    assert.doesNotMatch(line, /abc/);
  });

  it("accepts every input that azure-native's own classes hand over", () => {
    const require = createRequire(import.meta.url);
    const missing: string[] = [];
    for (const token of knownTypes) {
      const [, module, name] = token.split(":") as [string, string, string];
      const file = require.resolve(
        `@pulumi/azure-native/${module}/${name[0]!.toLowerCase()}${name.slice(1)}.js`,
      );
      const source = readFileSync(file, "utf8").split("else {")[0]!;
      for (const [, input] of source.matchAll(/resourceInputs\["(\w+)"\] = (?!undefined)/g)) {
        const known = checkInputs(token, { [input!]: unknown }).every(
          ({ path, message }) => path !== input || !/not a property|read-only/.test(message),
        );
        if (!known) missing.push(`${token} ${input}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});

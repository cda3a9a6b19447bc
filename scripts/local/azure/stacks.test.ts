// What our own stacks ask Azure for, held against Microsoft's models and the emulated Azure's rules.
import assert from "node:assert/strict";
import { configFile } from "../../../stacks/testing/configFiles.ts";
import { isSecret, record } from "../../../stacks/testing/record.ts";
import { checkInputs } from "./checks/checkInputs.ts";
import type { Inputs } from "./problem.ts";

/** Production with every option on; the files of dev and local as they are. */
const cases: [stack: string, config: Record<string, unknown>][] = [
  ["base-local", configFile("base-local")],
  ["base-dev", configFile("base-dev")],
  ["db-local", configFile("db-local")],
  ["db-dev", configFile("db-dev")],
  [
    "base-prod",
    {
      adminGroupIds: ["11111111-2222-3333-4444-555555555555"],
      authorizedIpRanges: ["203.0.113.0/24"],
      natGateway: true,
      clusterTier: "Standard",
      diagnostics: true,
      budget: { amount: 500, emails: ["ops@example.com"], startDate: "2026-11-01" },
      sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE ops",
      systemPool: { count: 3, zones: ["1", "2", "3"] },
      spotPools: [
        { name: "spota", zones: ["1"] },
        { name: "spotb", vmSize: "Standard_D4as_v5", maxPrice: 0.05 },
      ],
    },
  ],
  [
    "db-prod",
    {
      serverSize: "Standard_D2ds_v5",
      highAvailability: "ZoneRedundant",
      geoRedundantBackup: true,
      backupDays: 35,
    },
  ],
];

/** Azure gets secrets in clear; names that the provider makes by itself are there by then. */
function asSent(inputs: Record<string, unknown>, type: string): Inputs {
  const plain = Object.entries(inputs).map(([key, value]) => [key, isSecret(value) ? value.value : value]);
  const made = type.endsWith(":RoleAssignment") && {
    roleAssignmentName: "11111111-2222-3333-4444-555555555555",
  };
  return { ...Object.fromEntries(plain), ...made } as Inputs;
}

describe("our stacks, as Azure would check them", () => {
  for (const [stack, config] of cases) {
    it(`${stack} has no problem`, async () => {
      const { resources } = await record(stack, { config });
      const ours = resources.filter(({ type }) => type.startsWith("azure-native:"));
      assert.ok(ours.length > 5);
      const problems = ours.flatMap(({ type, name, inputs }) =>
        checkInputs(type, asSent(inputs, type)).map(({ path, message }) => `${name}.${path} ${message}`),
      );
      assert.deepEqual(problems, []);
    });
  }

  it("the check finds what is wrong", () => {
    const problems = checkInputs("azure-native:network:VirtualNetwork", {
      resourceGroupName: "x",
      adressSpace: {},
    });
    assert.ok(problems.some(({ path }) => path === "adressSpace"));
  });
});

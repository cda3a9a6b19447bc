// What our own stacks ask Azure for, held against Microsoft's models and the emulated Azure's rules.
import assert from "node:assert/strict";
import { configFile } from "../../../stacks/testing/configFiles.ts";
import { isSecret, record } from "../../../stacks/record.ts";
import { checkInputs } from "./checks/checkInputs.ts";
import type { Inputs } from "./problem.ts";

const files = ["base", "db"].flatMap((layer) =>
  ["local", "localprod", "dev", "prod"].map((env) => `${layer}-${env}`),
);

/** Every stack file as it is, and production with every option on. */
const cases: [stack: string, config: Record<string, unknown>, what?: string][] = [
  ...files.map((stack) => [stack, configFile(stack)] as [string, Record<string, unknown>]),
  [
    "base-prod",
    {
      ...configFile("base-prod"),
      budget: { amount: 500, emails: ["ops@example.com"], startDate: "2026-11-01" },
      sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE ops",
      systemPool: { count: 3, zones: ["1", "2", "3"] },
      spotPools: [
        { name: "spota", zones: ["1"] },
        { name: "spotb", vmSize: "Standard_D4as_v5", maxPrice: 0.05 },
      ],
    },
    " with every option",
  ],
  [
    "db-dev",
    { publicAccess: true, firewallRules: [{ name: "office", start: "20.0.0.1", end: "20.0.0.9" }] },
    " in public",
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

describe("our stacks, as Azure would check them", function () {
  for (const [stack, config, what = ""] of cases) {
    it(`${stack}${what} has no problem`, async () => {
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

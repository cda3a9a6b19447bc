// What the stacks ask Azure for, whole, beside what was last looked at: a change that nobody meant shows as one of these files.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Recording, isSecret, record } from "./record.ts";
import { configFile } from "./testing/configFiles.ts";

/** `UPDATE_ASKED=1 npx mocha stacks/asked.test.ts` writes the files anew: read the diff before you commit it. */
const isUpdate = process.env["UPDATE_ASKED"] === "1";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers";
const privately = {
  privateCluster: true,
  authorizedIpRanges: [],
  localAccounts: true,
  sshPublicKey: "ssh-rsa AAAAB3Nza operator",
  imageCache: {
    credentialSet: `${subscription}/Microsoft.ContainerRegistry/registries/r/credentialSets/hub`,
  },
  registrySku: "Premium",
  azureMonitor: { workspaceId: `${subscription}/Microsoft.Monitor/accounts/metrics` },
  budget: { amount: 500, emails: ["ops@example.com"], startDate: "2026-12-01" },
  maintenance: { day: "Saturday", startTime: "22:00", hours: 6 },
  tags: { team: "platform" },
};
const publicly = {
  publicAccess: true,
  firewallRules: [{ name: "office", start: "203.0.113.1", end: "203.0.113.9" }],
  retain: true,
  passwordVersion: 3,
};

/** The stacks of the repository, and choices that none of them makes. */
const cases: [file: string, stack: string, more: Record<string, unknown>][] = [
  ["base-dev", "base-dev", {}],
  ["base-prod", "base-prod", {}],
  ["base-private", "base-dev", privately],
  ["db-dev", "db-dev", {}],
  ["db-prod", "db-prod", {}],
  ["db-public", "db-dev", publicly],
];

/** By name, so that a diff says which resource has changed; secrets are shown as such, not with their value. */
function shown({ resources, outputs }: Recording): Record<string, unknown> {
  const open = (value: unknown): unknown => {
    if (isSecret(value)) return "(secret)";
    if (Array.isArray(value)) return value.map(open);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, open(child)]));
  };
  const asked = resources.map(({ name, type, inputs, ...options }) => [
    name,
    { type, ...options, inputs: open(inputs) },
  ]);
  return { resources: Object.fromEntries(asked) as unknown, outputs: open(outputs) };
}

describe("what stacks ask for", () => {
  for (const [name, stack, more] of cases) {
    it(`is in ${name} what was last looked at`, async () => {
      const recording = await record(stack, { config: { ...configFile(stack), ...more } });
      const file = join(import.meta.dirname, "testdata", "asked", `${name}.yaml`);
      const text = stringify(shown(recording), { lineWidth: 120, aliasDuplicateObjects: false });
      if (isUpdate) writeFileSync(file, text);
      assert.deepEqual(parse(text), parse(readFileSync(file, "utf8")), "see UPDATE_ASKED in this file");
    });
  }
});

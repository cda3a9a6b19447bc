// What the base program asks Azure for, whole: the stacks of the repository, and choices that none of them makes.
import { join } from "node:path";
import { holdAsked } from "../testing/asked.ts";

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
describe("what base asks for", () => {
  holdAsked(join(import.meta.dirname, "testdata"), [
    ["base-dev", "base-dev", {}],
    ["base-prod", "base-prod", {}],
    ["base-private", "base-dev", privately],
  ]);
});

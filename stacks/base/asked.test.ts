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
  spotPools: [
    { name: "spota", vmSize: "Standard_D2as_v5", min: 1, max: 7, maxPrice: 0.05, zones: ["2"] },
    { name: "spotb", vmSize: "Standard_E4as_v5" },
  ],
  regularPool: { name: "steady", vmSize: "Standard_D4as_v5", min: 2, max: 3, zones: ["1", "3"] },
  publicPorts: [80, 443],
  kubernetesVersion: "1.34",
  tags: { team: "platform" },
};
describe("what base asks for", () => {
  holdAsked(join(import.meta.dirname, "testdata"), [
    ["base-dev", "base-dev", {}],
    ["base-prod", "base-prod", {}],
    ["base-private", "base-dev", privately],
  ]);
});

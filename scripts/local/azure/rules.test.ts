// What Azure refuses beyond its models: each rule with inputs that break it. (Inputs that hold: checkInputs.test.ts.)
import assert from "node:assert/strict";
import { checkInputs } from "./checks/checkInputs.ts";
import { type Inputs, unknown } from "./problem.ts";
import { buildInputs, goodInputs, groupId, zoneId } from "./testing/inputs.ts";

type Case = [what: string, changes: Inputs, ...expected: string[]];

const pool = "agentPoolProfiles";
const systemPool = (changes: Inputs): Inputs => ({
  [pool]: [{ name: "system", mode: "System", count: 1, vmSize: "Standard_D2as_v5", ...changes }],
});
const rule = (changes: Inputs): Inputs => ({
  ...(goodInputs["azure-native:network:NetworkSecurityGroup"]!["securityRules"] as Inputs[])[0],
  ...changes,
});

const refused: Record<string, Case[]> = {
  "managedidentity:FederatedIdentityCredential": [
    ["no subject", { subject: undefined }, "subject: is missing"],
    ["an issuer without TLS", { issuer: "http://issuer" }, "issuer: expected an https URL"],
    ["a subject of 601 characters", { subject: "s".repeat(601) }, "subject: has more than 600 characters"],
    ["a wildcard", { subject: "system:serviceaccount:monitoring:*" }, "subject: may have no wildcard"],
    ["two audiences", { audiences: ["a", "b"] }, "audiences: expected one audience"],
  ],
  "containerservice:AgentPool": [
    [
      "a spot pool in system mode",
      { mode: "System", minCount: 1 },
      "mode: a spot pool cannot be a system pool",
    ],
    ["a B-series size for spot", { vmSize: "Standard_B2s" }, "vmSize: Standard_B2s is not sold as Spot"],
    [
      "a newer B-series size for spot",
      { vmSize: "Standard_B2as_v2" },
      "vmSize: Standard_B2as_v2 is not sold as Spot",
    ],
    ["a size that does not exist", { vmSize: "Standard_D3as_v5" }, "vmSize: no VM size Standard_D3as_v5"],
    ["no size", { vmSize: undefined }, "vmSize: is missing"],
    ["more at least than at most", { minCount: 4, maxCount: 3 }, "maxCount: is 3, less than minCount 4"],
    ["a count below the minimum", { minCount: 2 }, "count: is 1, outside of minCount 2 to maxCount 5"],
    ["a count above the maximum", { count: 6 }, "count: is 6, outside of minCount 0 to maxCount 5"],
    ["a pool that scales without count", { count: undefined }, "count: is missing"],
    [
      "a pool that scales without bounds",
      { minCount: undefined, maxCount: undefined },
      "maxCount: is missing",
      "minCount: is missing",
    ],
    [
      "bounds for a pool that does not scale",
      { enableAutoScaling: false },
      "maxCount: is only for a pool with",
      "minCount: is only for a pool with",
    ],
    [
      "a negative count",
      { count: -1, minCount: -1 },
      "count: expected a whole number from 0 to 1000",
      "minCount: expected a whole number",
    ],
    ["too many nodes", { maxCount: 1001 }, "maxCount: expected a whole number from 1 to 1000"],
    [
      "a surge of a spot pool",
      { "upgradeSettings.maxSurge": "1" },
      "upgradeSettings.maxSurge: a spot pool cannot surge",
    ],
    ["a price of nothing", { spotMaxPrice: 0 }, "spotMaxPrice: expected -1"],
    ["too few pods a node", { maxPods: 5 }, "maxPods: expected 10 to 250"],
    ["a zone that does not exist", { availabilityZones: ["1", "4"] }, "availabilityZones[1]: expected"],
    [
      "a reserved label",
      { "nodeLabels.kubernetes": "x", nodeLabels: { "kubernetes.azure.com/mode": "user" } },
      'nodeLabels["kubernetes.azure.com/mode"]: the prefix',
    ],
    [
      "the spot label with another value",
      { nodeLabels: { "kubernetes.azure.com/scalesetpriority": "yes" } },
      'nodeLabels["kubernetes.azure.com/scalesetpriority"]: AKS sets it',
    ],
    [
      "a label value that is none",
      { nodeLabels: { team: "a b" } },
      'nodeLabels.team: "a b" is no valid label value',
    ],
    ["a taint without effect", { nodeTaints: ["app=web"] }, "nodeTaints[0]: expected key=value:Effect"],
    [
      "spot settings on a regular pool",
      { scaleSetPriority: "Regular", nodeLabels: {} },
      "scaleSetEvictionPolicy: is only for a pool with",
    ],
  ],
  "containerservice:ManagedCluster": [
    ["no pool", { [pool]: undefined }, `${pool}: is missing`],
    ["no system pool", systemPool({ mode: "User" }), `${pool}: one pool must have mode`],
    ["an empty system pool", systemPool({ count: 0 }), `${pool}[0].count: expected a whole number from 1`],
    ["a tiny system pool", systemPool({ vmSize: "Standard_B1s" }), `${pool}[0].vmSize: a system pool needs`],
    ["no identity", { identity: undefined }, "identity: is missing"],
    ["no DNS name", { dnsPrefix: undefined }, "dnsPrefix: is missing"],
    ["a DNS name that is none", { dnsPrefix: "-a-" }, "dnsPrefix: expected"],
    [
      "an old version",
      { kubernetesVersion: "1.29.4" },
      "kubernetesVersion: Kubernetes 1.29.4 is not supported",
    ],
    [
      "an old version of a pool",
      systemPool({ orchestratorVersion: "1.29" }),
      `${pool}[0].orchestratorVersion: Kubernetes 1.29`,
    ],
    [
      "pods and services in one range",
      { "networkProfile.podCidr": "10.2.0.0/17" },
      "networkProfile.podCidr: 10.2.0.0/17 overlaps",
    ],
    [
      "a range off its boundary",
      { "networkProfile.podCidr": "10.244.1.0/16" },
      "networkProfile.podCidr: expected an IPv4 range",
    ],
    [
      "a DNS address outside of the services",
      { "networkProfile.dnsServiceIP": "10.3.0.10" },
      "networkProfile.dnsServiceIP: 10.3.0.10 is no free address",
    ],
    [
      "the DNS address that Kubernetes has itself",
      { "networkProfile.dnsServiceIP": "10.2.0.1" },
      "networkProfile.dnsServiceIP: 10.2.0.1",
    ],
    [
      "overlay with kubenet",
      { "networkProfile.networkPlugin": "kubenet" },
      "networkProfile.networkPluginMode: overlay needs",
    ],
    [
      "cilium's policies without its dataplane",
      { "networkProfile.networkDataplane": "azure" },
      "networkProfile.networkPolicy: cilium needs",
    ],
    [
      "calico on cilium",
      { "networkProfile.networkPolicy": "calico" },
      "networkProfile.networkPolicy: the cilium dataplane",
    ],
    ["nobody who may sign in", { aadProfile: undefined }, "disableLocalAccounts: without aadProfile.managed"],
    [
      "Azure's RBAC without Kubernetes'",
      { enableRBAC: false },
      "aadProfile.enableAzureRBAC: needs enableRBAC",
    ],
    [
      "ranges for a private cluster",
      { apiServerAccessProfile: { enablePrivateCluster: true, authorizedIPRanges: ["203.0.113.0/24"] } },
      "apiServerAccessProfile.authorizedIPRanges: a private cluster",
    ],
    [
      "a range that is none",
      { apiServerAccessProfile: { authorizedIPRanges: ["203.0.113.0/33"] } },
      "apiServerAccessProfile.authorizedIPRanges[0]: expected",
    ],
    [
      "an autoscaler setting that is no text",
      { "autoScalerProfile.maxGracefulTerminationSec": 600 },
      "autoScalerProfile.maxGracefulTerminationSec: expected a string",
    ],
  ],
  "containerservice:MaintenanceConfiguration": [
    ["a name that AKS does not know", { configName: "weekly" }, "configName: expected one of default"],
    ["the default's setting elsewhere", { timeInWeek: [] }, "timeInWeek: is only for"],
  ],
  "dbforpostgresql:Server": [
    [
      "a reserved administrator",
      { administratorLogin: "azure_superuser" },
      "administratorLogin: azure_superuser is reserved",
    ],
    [
      "an administrator like PostgreSQL's own",
      { administratorLogin: "pg_me" },
      "administratorLogin: pg_me is reserved",
    ],
    [
      "a short password",
      { administratorLoginPassword: "Abcdef1" },
      "administratorLoginPassword: expected 8 to 128 characters, got 7",
    ],
    [
      "a plain password",
      { administratorLoginPassword: "abcdefg1" },
      "administratorLoginPassword: expected three of",
    ],
    [
      "a password with the name in it",
      { administratorLoginPassword: "dbadmin-9X" },
      "administratorLoginPassword: contains the administrator's name",
    ],
    ["no password", { administratorLoginPassword: undefined }, "administratorLoginPassword: is missing"],
    [
      "a size of another tier",
      { "sku.tier": "GeneralPurpose" },
      "sku.name: Standard_B1ms is not of the tier GeneralPurpose",
    ],
    [
      "storage that is not sold",
      { "storage.storageSizeGB": 33 },
      "storage.storageSizeGB: expected one of 32, 64",
    ],
    ["a retired version", { version: "11" }, "version: PostgreSQL 11 is not supported"],
    [
      "high availability of a burstable server",
      { "highAvailability.mode": "ZoneRedundant" },
      "highAvailability.mode: a Burstable server",
    ],
    [
      "backups for a day",
      { "backup.backupRetentionDays": 1 },
      "backup.backupRetentionDays: expected 7 to 35",
    ],
    [
      "a subnet without a zone",
      { "network.privateDnsZoneArmResourceId": undefined },
      "network.privateDnsZoneArmResourceId: is missing",
    ],
    [
      "a zone without a subnet",
      { "network.delegatedSubnetResourceId": undefined },
      "network.delegatedSubnetResourceId: is missing",
    ],
    [
      "a subnet and public access",
      { "network.publicNetworkAccess": "Enabled" },
      "network.publicNetworkAccess: a server in a subnet",
    ],
    [
      "a zone of another name",
      {
        "network.privateDnsZoneArmResourceId": `${groupId}/providers/Microsoft.Network/privateDnsZones/bank.example`,
      },
      "network.privateDnsZoneArmResourceId: expected a zone",
    ],
    [
      "a zone with the server's name",
      { serverName: "bank", "network.privateDnsZoneArmResourceId": zoneId.replace("bank.private", "bank") },
      "network.privateDnsZoneArmResourceId: the zone cannot have",
    ],
  ],
  "dbforpostgresql:Configuration": [
    ["a parameter without a value", { value: undefined }, "value: is missing"],
  ],
  "dbforpostgresql:FirewallRule": [
    ["a range that goes backwards", { endIpAddress: "203.0.113.0" }, "endIpAddress: 203.0.113.0 is before"],
  ],
  "network:VirtualNetwork": [
    [
      "a range off its boundary",
      { "addressSpace.addressPrefixes": ["10.1.0.1/16"] },
      "addressSpace.addressPrefixes[0]: expected an IPv4 range",
    ],
    ["no range", { addressSpace: undefined }, "addressSpace: is missing"],
    [
      "subnets inside, which would undo those that are resources",
      { subnets: [{ name: "a", addressPrefix: "10.1.0.0/24" }] },
      "subnets: make them resources of their own",
    ],
  ],
  "network:Subnet": [
    ["a subnet that is too small", { addressPrefix: "10.1.0.0/30" }, "addressPrefix: 10.1.0.0/30 is smaller"],
    ["a subnet without a range", { addressPrefix: undefined }, "addressPrefix: is missing"],
  ],
  "network:NetworkSecurityGroup": [
    [
      "a priority out of range",
      { securityRules: [rule({ priority: 99 })] },
      "securityRules[0].priority: expected 100 to 4096",
    ],
    [
      "one priority twice",
      { securityRules: [rule({}), rule({ name: "b" })] },
      "securityRules[1].priority: is taken by securityRules[0]",
    ],
    [
      "a range and a list of them",
      { securityRules: [rule({ destinationPortRanges: ["80"] })] },
      "securityRules[0].destinationPortRange: give one range or a list",
    ],
    [
      "no source",
      { securityRules: [rule({ sourceAddressPrefix: undefined })] },
      "securityRules[0].sourceAddressPrefix: is missing",
    ],
    [
      "no direction",
      { securityRules: [rule({ direction: undefined })] },
      "securityRules[0].direction: is missing",
    ],
  ],
  "network:NatGateway": [
    ["a long time-out", { idleTimeoutInMinutes: 121 }, "idleTimeoutInMinutes: expected 4 to 120"],
  ],
  "network:PublicIPAddress": [
    [
      "a Standard address that changes",
      { publicIPAllocationMethod: "Dynamic" },
      "publicIPAllocationMethod: a Standard address",
    ],
  ],
  "privatedns:PrivateZone": [["a region", { location: "eastus" }, "location: private DNS has no region"]],
  "authorization:RoleAssignment": [
    ["a principal that is no GUID", { principalId: "me" }, "principalId: expected a GUID"],
    ["a name that is no GUID", { roleAssignmentName: "mine" }, "roleAssignmentName: expected a GUID"],
    ["a role by name", { roleDefinitionId: "AcrPull" }, "roleDefinitionId: expected …/providers"],
  ],
  "containerregistry:Registry": [
    [
      "what only Premium has",
      { publicNetworkAccess: "Disabled" },
      'publicNetworkAccess: "Disabled" needs the Premium tier',
    ],
  ],
  "operationalinsights:Workspace": [
    ["logs for a week", { retentionInDays: 7 }, "retentionInDays: expected 30 to 730"],
  ],
  "monitor:DiagnosticSetting": [
    ["nowhere to send to", { workspaceId: undefined }, "workspaceId: nowhere to send to"],
    ["nothing to send", { logs: undefined }, "logs: nothing to send"],
  ],
  "consumption:Budget": [
    ["a budget of nothing", { amount: 0 }, "amount: expected more than 0"],
    [
      "a start in the middle of a month",
      { "timePeriod.startDate": "2026-12-02" },
      "timePeriod.startDate: expected the first",
    ],
    [
      "a warning that nobody gets",
      { notifications: { a: { enabled: true, operator: "GreaterThan", threshold: 90, contactEmails: [] } } },
      "notifications.a: tells nobody",
    ],
    [
      "a threshold out of range",
      { "notifications.actual.threshold": 1001 },
      "notifications.actual.threshold: expected 0 to 1000",
    ],
  ],
};

describe("Azure's rules", () => {
  for (const [token, cases] of Object.entries(refused)) {
    describe(token, () => {
      for (const [what, changes, ...expected] of cases) {
        it(`refuses ${what}`, () => {
          const found = checkInputs(`azure-native:${token}`, buildInputs(token, changes))
            .map(({ path, message }) => `${path}: ${message}`)
            .filter((line) => !/ expected (text that matches|at least|one of Default)/.test(line))
            .sort();
          assert.equal(found.length, expected.length, found.join("\n"));
          expected.forEach((text, index) => assert.ok(found[index]!.startsWith(text), found[index]));
        });
      }
    });
  }

  it("takes one priority in both directions", () => {
    const token = "network:NetworkSecurityGroup";
    const securityRules = [rule({}), rule({ name: "b", direction: "Outbound" })];
    assert.deepEqual(checkInputs(`azure-native:${token}`, buildInputs(token, { securityRules })), []);
  });

  it("takes the smallest subnet", () => {
    const token = "network:Subnet";
    const smallest = buildInputs(token, { addressPrefix: "10.1.0.0/29" });
    assert.deepEqual(checkInputs(`azure-native:${token}`, smallest), []);
  });

  it("says nothing of values that are not known yet", () => {
    for (const [token, inputs] of Object.entries(goodInputs)) {
      const later = Object.fromEntries(Object.keys(inputs).map((key) => [key, unknown]));
      assert.deepEqual(checkInputs(token, later), [], token);
    }
  });
});

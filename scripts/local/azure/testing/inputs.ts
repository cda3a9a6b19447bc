// For tests: inputs of each type that Azure takes, complete and ordinary; a test changes what it is about.
import type { Inputs } from "../problem.ts";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
export const groupId = `${subscription}/resourceGroups/rg`;
export const networkId = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet`;
export const nodeSubnetId = `${networkId}/subnets/nodes`;
export const databaseSubnetId = `${networkId}/subnets/database`;
export const zoneId = `${groupId}/providers/Microsoft.Network/privateDnsZones/bank.private.postgres.database.azure.com`;
export const clusterId = `${groupId}/providers/Microsoft.ContainerService/managedClusters/aks`;
const identityId = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1`;
const location = "eastus";
const resourceGroupName = "rg";
const networkContributor = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7`;

/** By type, in the order in which Azure needs them. */
export const goodInputs: Record<string, Inputs> = {
  "azure-native:resources:ResourceGroup": { resourceGroupName, location },
  "azure-native:managedidentity:UserAssignedIdentity": { resourceGroupName, location, resourceName: "id1" },
  "azure-native:managedidentity:FederatedIdentityCredential": {
    resourceGroupName,
    resourceName: "id1",
    federatedIdentityCredentialResourceName: "spot-balancer",
    issuer: "https://eastus.oic.prod-aks.azure.com/tenant/issuer/",
    subject: "system:serviceaccount:monitoring:spot-balancer",
    audiences: ["api://AzureADTokenExchange"],
  },
  "azure-native:network:VirtualNetwork": {
    resourceGroupName,
    location,
    virtualNetworkName: "vnet",
    addressSpace: { addressPrefixes: ["10.1.0.0/16"] },
  },
  "azure-native:network:NetworkSecurityGroup": {
    resourceGroupName,
    location,
    networkSecurityGroupName: "nsg",
    securityRules: [
      {
        name: "https",
        priority: 100,
        direction: "Inbound",
        access: "Allow",
        protocol: "Tcp",
        sourceAddressPrefix: "Internet",
        sourcePortRange: "*",
        destinationAddressPrefix: "*",
        destinationPortRange: "443",
      },
    ],
  },
  "azure-native:network:PublicIPAddress": {
    resourceGroupName,
    location,
    publicIpAddressName: "ip",
    sku: { name: "Standard" },
    publicIPAllocationMethod: "Static",
  },
  "azure-native:network:NatGateway": {
    resourceGroupName,
    location,
    natGatewayName: "nat",
    sku: { name: "Standard" },
    idleTimeoutInMinutes: 10,
    publicIpAddresses: [{ id: `${groupId}/providers/Microsoft.Network/publicIPAddresses/ip` }],
  },
  "azure-native:network:Subnet": {
    resourceGroupName,
    virtualNetworkName: "vnet",
    subnetName: "nodes",
    addressPrefix: "10.1.0.0/22",
    networkSecurityGroup: { id: `${groupId}/providers/Microsoft.Network/networkSecurityGroups/nsg` },
    natGateway: { id: `${groupId}/providers/Microsoft.Network/natGateways/nat` },
  },
  "azure-native:authorization:RoleAssignment": {
    scope: nodeSubnetId,
    principalId: "11111111-1111-4111-8111-111111111111",
    principalType: "ServicePrincipal",
    roleDefinitionId: networkContributor,
    roleAssignmentName: "22222222-2222-4222-8222-222222222222",
  },
  "azure-native:containerservice:ManagedCluster": {
    resourceGroupName,
    location,
    resourceName: "aks",
    dnsPrefix: "aks",
    kubernetesVersion: "1.35",
    sku: { name: "Base", tier: "Free" },
    identity: { type: "UserAssigned", userAssignedIdentities: [identityId] },
    networkProfile: {
      networkPlugin: "azure",
      networkPluginMode: "overlay",
      networkDataplane: "cilium",
      networkPolicy: "cilium",
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.2.0.0/16",
      dnsServiceIP: "10.2.0.10",
    },
    oidcIssuerProfile: { enabled: true },
    aadProfile: { managed: true, enableAzureRBAC: true },
    disableLocalAccounts: true,
    autoScalerProfile: { scaleDownUnneededTime: "10m", maxGracefulTerminationSec: "600" },
    agentPoolProfiles: [
      {
        name: "system",
        mode: "System",
        count: 1,
        vmSize: "Standard_D2as_v5",
        vnetSubnetID: nodeSubnetId,
        nodeTaints: ["CriticalAddonsOnly=true:NoSchedule"],
      },
    ],
  },
  "azure-native:containerservice:AgentPool": {
    resourceGroupName,
    resourceName: "aks",
    agentPoolName: "spot",
    mode: "User",
    vmSize: "Standard_D4as_v5",
    vnetSubnetID: nodeSubnetId,
    scaleSetPriority: "Spot",
    scaleSetEvictionPolicy: "Delete",
    spotMaxPrice: -1,
    enableAutoScaling: true,
    count: 1,
    minCount: 0,
    maxCount: 5,
    osDiskSizeGB: 32,
    nodeLabels: { "kubernetes.azure.com/scalesetpriority": "spot", team: "a" },
    nodeTaints: ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"],
  },
  "azure-native:containerservice:MaintenanceConfiguration": {
    resourceGroupName,
    resourceName: "aks",
    configName: "aksManagedAutoUpgradeSchedule",
    maintenanceWindow: {
      schedule: { weekly: { dayOfWeek: "Sunday", intervalWeeks: 1 } },
      durationHours: 4,
      startTime: "02:00",
    },
  },
  "azure-native:containerregistry:CacheRule": {
    resourceGroupName,
    cacheRuleName: "docker-hub-node",
    registryName: "spotbalancer",
    sourceRepository: "docker.io/library/node",
    targetRepository: "library/node",
  },
  "azure-native:containerregistry:Registry": {
    resourceGroupName,
    location,
    registryName: "spotbalancer",
    sku: { name: "Basic" },
  },
  "azure-native:privatedns:PrivateZone": {
    resourceGroupName,
    location: "global",
    privateZoneName: "bank.private.postgres.database.azure.com",
  },
  "azure-native:privatedns:VirtualNetworkLink": {
    resourceGroupName,
    location: "global",
    privateZoneName: "bank.private.postgres.database.azure.com",
    virtualNetworkLinkName: "vnet",
    registrationEnabled: false,
    virtualNetwork: { id: networkId },
  },
  "azure-native:dbforpostgresql:Server": {
    resourceGroupName,
    location,
    serverName: "bank-db",
    version: "17",
    administratorLogin: "dbadmin",
    administratorLoginPassword: "Correct-Horse-9",
    sku: { name: "Standard_B1ms", tier: "Burstable" },
    storage: { storageSizeGB: 32 },
    backup: { backupRetentionDays: 7, geoRedundantBackup: "Disabled" },
    highAvailability: { mode: "Disabled" },
    network: {
      publicNetworkAccess: "Disabled",
      delegatedSubnetResourceId: databaseSubnetId,
      privateDnsZoneArmResourceId: zoneId,
    },
  },
  "azure-native:dbforpostgresql:Configuration": {
    resourceGroupName,
    serverName: "bank-db",
    configurationName: "require_secure_transport",
    value: "on",
    source: "user-override",
  },
  "azure-native:dbforpostgresql:Database": {
    resourceGroupName,
    serverName: "bank-db",
    databaseName: "bank",
    charset: "UTF8",
    collation: "en_US.utf8",
  },
  "azure-native:dbforpostgresql:FirewallRule": {
    resourceGroupName,
    serverName: "bank-db",
    firewallRuleName: "office",
    startIpAddress: "203.0.113.1",
    endIpAddress: "203.0.113.9",
  },
  "azure-native:operationalinsights:Workspace": {
    resourceGroupName,
    location,
    workspaceName: "logs",
    sku: { name: "PerGB2018" },
    retentionInDays: 30,
  },
  "azure-native:monitor:DiagnosticSetting": {
    resourceUri: clusterId,
    name: "audit",
    workspaceId: `${groupId}/providers/Microsoft.OperationalInsights/workspaces/logs`,
    logs: [{ category: "kube-audit-admin", enabled: true }],
  },
  "azure-native:consumption:Budget": {
    scope: groupId,
    budgetName: "monthly",
    category: "Cost",
    amount: 300,
    timeGrain: "Monthly",
    timePeriod: { startDate: "2026-12-01T00:00:00Z" },
    notifications: {
      actual: { enabled: true, operator: "GreaterThan", threshold: 90, contactEmails: ["ops@example.com"] },
    },
  },
  "azure-native:authorization:ManagementLockByScope": {
    scope: groupId,
    lockName: "keep",
    level: "CanNotDelete",
  },
};

/** The good inputs of a type with some of them replaced; `undefined` leaves one out. Dotted keys go inside. */
export function buildInputs(token: string, changes: Inputs = {}): Inputs {
  const inputs = structuredClone(goodInputs[`azure-native:${token}`]!);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let target: Record<string, unknown> = inputs;
    for (const key of keys) target = (target[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete target[last];
    else target[last] = value;
  }
  return inputs;
}

// What stands around the cluster: registry, logs, diagnostics, budget.
import type { ResourceType, Rule } from "../resourceType.ts";
import { type Inputs, at, listAt, numberAt, textAt } from "../problem.ts";
import { mustExist, stableGuid } from "./identity.ts";

const group = "/resourceGroups/{resourceGroupName}/providers";

const premiumOnly: Rule = (inputs) => {
  const tier = textAt(inputs, "sku.name");
  if (tier === undefined || tier === "Premium") return [];
  const wanted = { zoneRedundancy: "Enabled", publicNetworkAccess: "Disabled", dataEndpointEnabled: true };
  return Object.entries(wanted)
    .filter(([path, value]) => at(inputs, path) === value)
    .map(([path, value]) => ({
      path,
      message: `${JSON.stringify(value)} needs the Premium tier, this registry is ${tier}`,
    }));
};

const registryName: Rule = (inputs) => {
  const name = textAt(inputs, "registryName");
  return name === undefined || /^[A-Za-z0-9]{5,50}$/.test(name)
    ? []
    : [{ path: "registryName", message: `expected 5 to 50 letters and digits, got ${name}` }];
};

const retention: Rule = (inputs) => {
  const days = numberAt(inputs, "retentionInDays");
  return days !== undefined && (days < 30 || days > 730)
    ? [{ path: "retentionInDays", message: `expected 30 to 730 days, got ${days}` }]
    : [];
};

const somewhere: Rule = (inputs) => {
  const targets = ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"];
  return targets.some((target) => inputs[target] != null)
    ? []
    : [{ path: "workspaceId", message: `nowhere to send to: give one of ${targets.join(", ")}` }];
};

const something: Rule = (inputs) =>
  inputs["logs"] == null && inputs["metrics"] == null
    ? [{ path: "logs", message: "nothing to send: give logs or metrics" }]
    : [];

const budget: Rule = (inputs) => {
  const amount = numberAt(inputs, "amount");
  const start = textAt(inputs, "timePeriod.startDate");
  const thresholds = Object.entries((at(inputs, "notifications") ?? {}) as Inputs);
  return [
    ...(amount !== undefined && amount <= 0
      ? [{ path: "amount", message: `expected more than 0, got ${amount}` }]
      : []),
    ...(start !== undefined && !/^\d{4}-\d{2}-01(T00:00:00(\.0+)?Z)?$/.test(start)
      ? [{ path: "timePeriod.startDate", message: `expected the first of a month, got ${start}` }]
      : []),
    ...thresholds.flatMap(([name, notification]) => {
      const threshold = numberAt(notification, "threshold");
      const path = `notifications.${name}`;
      return [
        ...(threshold !== undefined && (threshold < 0 || threshold > 1000)
          ? [{ path: `${path}.threshold`, message: `expected 0 to 1000 percent, got ${threshold}` }]
          : []),
        ...(["contactEmails", "contactRoles", "contactGroups"].every(
          (key) => listAt(notification, key).length === 0,
        )
          ? [{ path, message: "tells nobody: give contactEmails, contactRoles or contactGroups" }]
          : []),
      ];
    }),
  ];
};

export const platformTypes: ResourceType[] = [
  {
    token: "azure-native:containerregistry:Registry",
    apiVersion: "2023-01-01-preview",
    path: `${group}/Microsoft.ContainerRegistry/registries/{registryName}`,
    model: { package: "arm-containerregistry", model: "Registry" },
    naming: "random",
    rules: [registryName, premiumOnly],
    outputs: (inputs) => ({ loginServer: `${String(inputs["registryName"]).toLowerCase()}.azurecr.io` }),
  },
  {
    token: "azure-native:operationalinsights:Workspace",
    apiVersion: "2023-09-01",
    path: `${group}/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
    model: { package: "arm-operationalinsights", model: "Workspace" },
    naming: "random",
    rules: [retention],
    outputs: (_inputs, id) => ({ customerId: stableGuid(`customer ${id}`) }),
  },
  {
    token: "azure-native:monitor:DiagnosticSetting",
    apiVersion: "2021-05-01-preview",
    path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    model: { package: "arm-monitor", model: "DiagnosticSettingsResource" },
    newerInputs: ["marketplacePartnerId"],
    naming: "random",
    rules: [somewhere, something],
    worldRules: [mustExist("resourceUri"), mustExist("workspaceId")],
  },
  {
    token: "azure-native:consumption:Budget",
    apiVersion: "2024-08-01",
    path: "/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
    model: { package: "arm-consumption", model: "Budget" },
    naming: "random",
    createOnly: ["timeGrain", "timePeriod.startDate"],
    rules: [budget],
    outputs: () => ({ currentSpend: { amount: 0, unit: "USD" } }),
  },
];

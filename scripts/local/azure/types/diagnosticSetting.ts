// Diagnostic settings: which logs of a resource go where.
import { given } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { mustExist, refuse } from "../rules.ts";

const targets = ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"];

export const diagnosticSetting: ResourceType = {
  token: "azure-native:monitor:DiagnosticSetting",
  apiVersion: "2021-05-01-preview",
  path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
  model: { package: "arm-monitor", model: "DiagnosticSettingsResource" },
  newerInputs: ["marketplacePartnerId"],
  rules: [
    // https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
    refuse(
      "workspaceId",
      (inputs) =>
        !targets.some((target) => given(inputs, target)) &&
        `nowhere to send to: give one of ${targets.join(", ")}`,
    ),
    refuse(
      "logs",
      (inputs) =>
        !given(inputs, "logs") && !given(inputs, "metrics") && "nothing to send: give logs or metrics",
    ),
  ],
  worldRules: [mustExist("resourceUri"), mustExist("workspaceId")],
};

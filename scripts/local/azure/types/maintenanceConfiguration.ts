// Maintenance windows of AKS; the name says for what.
import { given, textAt } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { oneOf, refuse } from "../rules.ts";
import { clusterPath } from "./versions.ts";

/** https://learn.microsoft.com/azure/aks/planned-maintenance */
const names = ["default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"];

export const maintenanceConfiguration: ResourceType = {
  token: "azure-native:containerservice:MaintenanceConfiguration",
  apiVersion: "2025-09-01",
  path: `${clusterPath}/maintenanceConfigurations/{configName}`,
  model: { package: "arm-containerservice", model: "MaintenanceConfiguration" },
  rules: [
    oneOf("configName", names),
    refuse(
      "timeInWeek",
      (inputs) =>
        given(inputs, "timeInWeek") &&
        names.indexOf(textAt(inputs, "configName") ?? "") > 0 &&
        'is only for the configuration "default"; the others have a maintenanceWindow',
    ),
  ],
};

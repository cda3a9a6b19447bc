// When AKS may upgrade the cluster and the nodes' images: one window a week, for both.
import { MaintenanceConfiguration } from "@pulumi/azure-native/containerservice/maintenanceConfiguration.js";
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import type { Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";

/** The names are AKS's: each tells which upgrades the window is for. */
const configurations = ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"];

export function scheduleMaintenance(
  place: Place,
  { maintenance }: BaseConfig,
  cluster: ManagedCluster,
): void {
  for (const name of configurations) {
    new MaintenanceConfiguration(name, {
      resourceGroupName: place.resourceGroupName,
      resourceName: cluster.name,
      configName: name,
      maintenanceWindow: {
        durationHours: maintenance.hours,
        startTime: maintenance.startTime,
        utcOffset: "+00:00",
        schedule: { weekly: { dayOfWeek: maintenance.day, intervalWeeks: 1 } },
      },
    });
  }
}

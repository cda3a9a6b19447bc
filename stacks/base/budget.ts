// Optional: mails when a month gets more expensive than planned. Azure stops nothing by itself.
import { Budget } from "@pulumi/azure-native/consumption/budget.js";
import { nodeGroupName, type Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";

/**
 * Of the subscription, by resource group: machines, disks and addresses are billed in the cluster's node group, which AKS
 * makes, and the database in db's own group. Layers' groups are named in azure.ts.
 */
export function watchBudget(
  place: Place,
  { amount, emails, startDate }: NonNullable<BaseConfig["budget"]>,
  { env, now }: { env: string; now: Date },
): void {
  const notify = { enabled: true, operator: "GreaterThan", contactEmails: emails } as const;
  const { project } = place.tags;
  // A monthly budget may not begin before the present month: hashicorp/terraform-provider-azurerm#12121.
  const start = startDate ?? `${now.toISOString().slice(0, 7)}-01`;
  const args = {
    scope: place.resourceGroupId.apply((id) => id.split("/").slice(0, 3).join("/")),
    budgetName: place.name("budget"),
    category: "Cost",
    amount,
    timeGrain: "Monthly",
    timePeriod: { startDate: `${start}T00:00:00Z` },
    filter: {
      dimensions: {
        name: "ResourceGroupName",
        operator: "In",
        values: [`rg-${project}-base-${env}`, `rg-${project}-db-${env}`, nodeGroupName(place)],
      },
    },
    notifications: {
      spent80Percent: { ...notify, threshold: 80, thresholdType: "Actual" },
      forecast100Percent: { ...notify, threshold: 100, thresholdType: "Forecasted" },
    },
  };
  new Budget("budget", args, { ignoreChanges: ["timePeriod"] }); // it began when it was made
}

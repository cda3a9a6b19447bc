// Optional: mails when a month gets more expensive than planned. Azure stops nothing by itself.
import { Budget } from "@pulumi/azure-native/consumption/budget.js";
import type { Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";

export function watchBudget(
  place: Place,
  { amount, emails, startDate }: NonNullable<BaseConfig["budget"]>,
): void {
  const notify = { enabled: true, operator: "GreaterThan", contactEmails: emails } as const;
  new Budget("budget", {
    scope: place.resourceGroupId,
    budgetName: place.name("budget"),
    category: "Cost",
    amount,
    timeGrain: "Monthly",
    timePeriod: { startDate: `${startDate}T00:00:00Z` },
    notifications: {
      spent80Percent: { ...notify, threshold: 80, thresholdType: "Actual" },
      forecast100Percent: { ...notify, threshold: 100, thresholdType: "Forecasted" },
    },
  });
}

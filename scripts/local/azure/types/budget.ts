// Budgets: mails when money goes faster than planned.
import { listAt, numberAt, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { between, each, matching, refuse, wrong } from "../rules.ts";

const readers = ["contactEmails", "contactRoles", "contactGroups"];

/** https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update */
const notifications = each("notifications", [
  between("threshold", 0, 1000, " percent"),
  refuse(
    "",
    (notification) =>
      readers.every((key) => !listAt(notification, key).length) &&
      `tells nobody: give ${readers.join(" or ")}`,
  ),
]);

/** `2026-11` */
const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);

/** Of a new budget; later Azure no longer minds: hashicorp/terraform-provider-azurerm#12121. */
const notInThePast: WorldRule = (inputs, world, id) => {
  const path = "timePeriod.startDate";
  const [start, month] = [textAt(inputs, path), monthOf(world.now())];
  const isPast = start !== undefined && !world.find(id) && start.slice(0, 7) < month;
  return wrong(
    path,
    isPast && `${start} is in the past: a monthly budget starts in ${month} at the earliest`,
  );
};

export const budget: ResourceType = {
  token: "azure-native:consumption:Budget",
  apiVersion: "2024-08-01",
  path: "/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
  model: { package: "arm-consumption", model: "Budget" },
  // "Start date of budgets cannot be updated. Please delete and create a new budget.": Azure/CanadaPubSecALZ#317
  createOnly: ["timeGrain", "timePeriod.startDate"],
  worldRules: [notInThePast],
  rules: [
    refuse("amount", (inputs) => (numberAt(inputs, "amount") ?? 1) <= 0 && "expected more than 0"),
    matching("timePeriod.startDate", /^\d{4}-\d{2}-01(T00:00:00(\.0+)?Z)?$/, "the first of a month"),
    notifications,
  ],
  outputs: () => ({ currentSpend: { amount: 0, unit: "USD" } }),
};

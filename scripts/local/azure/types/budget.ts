// Budgets: mails when money goes faster than planned.
import { type Inputs, at, isRecord, joinPath, listAt, numberAt, textAt } from "../problem.ts";
import type { ResourceType, Rule, WorldRule } from "../resourceType.ts";
import { between, matching, refuse } from "../rules.ts";

const readers = ["contactEmails", "contactRoles", "contactGroups"];

/** https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update */
const ofNotification: readonly Rule[] = [
  between("threshold", 0, 1000, " percent"),
  refuse(
    "",
    (each) => readers.every((key) => !listAt(each, key).length),
    `tells nobody: give ${readers.join(" or ")}`,
  ),
];

const notifications: Rule = (inputs) =>
  Object.entries((at(inputs, "notifications") ?? {}) as Inputs).flatMap(([name, each]) =>
    isRecord(each)
      ? ofNotification
          .flatMap((rule) => rule(each))
          .map(({ path, message }) => ({
            path: [joinPath("notifications", name), path].filter(Boolean).join("."),
            message,
          }))
      : [],
  );

/** `2026-11` */
const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);

/** Of a new budget; later Azure no longer minds: hashicorp/terraform-provider-azurerm#12121. */
const notInThePast: WorldRule = (inputs, world, id) => {
  const start = textAt(inputs, "timePeriod.startDate");
  const month = monthOf(world.now());
  return start === undefined || world.find(id) || start.slice(0, 7) >= month
    ? []
    : [
        {
          path: "timePeriod.startDate",
          message: `${start} is in the past: a monthly budget starts in ${month} at the earliest`,
        },
      ];
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
    refuse("amount", (inputs) => (numberAt(inputs, "amount") ?? 1) <= 0, "expected more than 0"),
    matching("timePeriod.startDate", /^\d{4}-\d{2}-01(T00:00:00(\.0+)?Z)?$/, "the first of a month"),
    notifications,
  ],
  outputs: () => ({ currentSpend: { amount: 0, unit: "USD" } }),
};

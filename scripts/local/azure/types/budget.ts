// Budgets: mails when money goes faster than planned.
import { type Inputs, at, isRecord, joinPath, listAt, numberAt } from "../problem.ts";
import type { ResourceType, Rule } from "../resourceType.ts";
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

export const budget: ResourceType = {
  token: "azure-native:consumption:Budget",
  apiVersion: "2024-08-01",
  path: "/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
  model: { package: "arm-consumption", model: "Budget" },
  createOnly: ["timeGrain", "timePeriod.startDate"],
  rules: [
    refuse("amount", (inputs) => (numberAt(inputs, "amount") ?? 1) <= 0, "expected more than 0"),
    matching("timePeriod.startDate", /^\d{4}-\d{2}-01(T00:00:00(\.0+)?Z)?$/, "the first of a month"),
    notifications,
  ],
  outputs: () => ({ currentSpend: { amount: 0, unit: "USD" } }),
};

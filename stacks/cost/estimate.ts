// From recorded resources and prices to what a month costs, at the smallest and at the largest scale. Pure.
import { chargesOf } from "./charges.ts";
import type { Charge, CostRow, Estimate, Meter, Range, RecordedResource } from "./model.ts";
import type { Prices } from "./prices.ts";

/** Azure bills 730 hours as a month. */
const hoursPerMonth = 730;

const monthsUnits = (meter: Meter): number => {
  if (meter.endsWith("Hour")) return hoursPerMonth;
  return meter.endsWith("Day") ? hoursPerMonth / 24 : 1;
};

const times = ({ min, max }: Range, price: number): Range => ({ min: min * price, max: max * price });
const minus = (one: Range, other: Range): Range => ({ min: one.min - other.min, max: one.max - other.max });
const sum = (ranges: (Range | undefined)[]): Range =>
  ranges.reduce<Range>(
    (all, range) => ({ min: all.min + (range?.min ?? 0), max: all.max + (range?.max ?? 0) }),
    {
      min: 0,
      max: 0,
    },
  );

/** The region that the resources name, when they name one; a resource group's, before all others. */
function regionOf(resources: readonly RecordedResource[]): string | undefined {
  const named = resources.filter(({ inputs }) => typeof inputs["location"] === "string");
  const group = named.find(({ type }) => type.endsWith(":ResourceGroup"));
  const location = (group ?? named[0])?.inputs["location"] as string | undefined;
  return location?.toLowerCase().replaceAll(" ", "");
}

function rowOf(
  resource: string,
  charge: Charge,
  count: Range,
  price: (meter: Meter) => number | undefined,
): CostRow {
  const perMonth = (meter: Meter) => {
    const amount = price(meter);
    return amount === undefined ? undefined : amount * monthsUnits(meter);
  };
  const regular = perMonth(charge.meter);
  const spot = charge.spot ? perMonth("spotHour") : undefined;
  const paid = spot ?? regular;
  return {
    resource,
    item: charge.spot ? `${charge.item} (spot)` : charge.item,
    count,
    ...(regular !== undefined && { regular }),
    ...(spot !== undefined && { spot }),
    ...(paid !== undefined && { monthly: times(count, paid) }),
    ...(spot !== undefined && regular !== undefined && { saving: times(count, regular - spot) }),
  };
}

/** @param resources what the programs declare, of one layer or of several */
export function estimateCost(resources: readonly RecordedResource[], prices: Prices): Estimate {
  const region = regionOf(resources);
  const where = region ?? "an unknown region";
  const unknown = new Set<string>();
  const rows: CostRow[] = [];
  for (const resource of resources) {
    const charges = chargesOf(resource);
    if (charges === undefined)
      unknown.add(`${resource.type} has no price rule: ${resource.name} is not in the totals.`);
    for (const charge of charges ?? []) {
      const price = (meter: Meter) => prices.find(meter, charge.key, region)?.amount;
      if (charge.count === undefined) {
        const amount = price(charge.meter);
        unknown.add(
          `${charge.item} (${resource.name}): ${amount === undefined ? `price in ${where} unknown` : `USD ${amount} each`}, ` +
            "by use, not in the totals.",
        );
        continue;
      }
      const row = rowOf(resource.name, charge, charge.count, price);
      rows.push(row);
      if (row.regular === undefined)
        unknown.add(`Price of ${charge.item} in ${where} unknown: not in the totals.`);
      if (charge.spot && row.spot === undefined) {
        unknown.add(
          `Spot price of ${charge.key} in ${where} unknown: counted at the regular price, which it never exceeds.`,
        );
      }
    }
  }
  const total = sum(rows.map(({ monthly }) => monthly));
  const allRegular = sum(
    rows.map(({ count, regular }) => (regular === undefined ? undefined : times(count, regular))),
  );
  return {
    currency: "USD",
    asOf: prices.asOf,
    ...(region !== undefined && { region }),
    rows,
    total,
    allRegular,
    saving: minus(allRegular, total),
    unknown: [...unknown],
  };
}

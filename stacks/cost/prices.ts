// Azure's list prices from prices.yaml, by region, meter and size, each with its source and date.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Meter } from "./model.ts";

const amounts = z.record(z.string(), z.number().min(0));
const meters = z.record(z.string(), z.array(z.strictObject({ source: z.string(), prices: amounts })));

const priceFile = z.strictObject({
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a day such as 2026-10-09"),
  currency: z.literal("USD"),
  sources: z.record(z.string(), z.strictObject({ date: z.string(), what: z.string() })).default({}),
  everywhere: meters.default({}),
  regions: z.record(z.string(), meters).default({}),
});
type PriceFile = z.output<typeof priceFile>;

interface Price {
  /** USD per unit of the meter. */
  amount: number;
  source: string;
}

export interface Prices {
  asOf: string;
  find(meter: Meter, key: string, region: string | undefined): Price | undefined;
}

const bundled = join(import.meta.dirname, "prices.yaml");

function read(path: string): PriceFile {
  const checked = priceFile.safeParse(parse(readFileSync(path, "utf8")));
  if (checked.success) return checked.data;
  throw new Error(
    `${path} is no price file:\n${z.prettifyError(checked.error)}\nIts form is that of ${bundled}.`,
  );
}

/** It is long, and asked for by each stack that is estimated in a process. */
let ours: PriceFile | undefined;

/**
 * @param overrides a file of the same form; its prices win over the bundled ones, price by price
 * @throws Error that lists everything wrong in the file
 */
export function loadPrices(overrides?: string): Prices {
  const files = [...(overrides === undefined ? [] : [read(overrides)]), (ours ??= read(bundled))];
  return {
    asOf:
      files
        .map(({ asOf }) => asOf)
        .sort()
        .at(-1) ?? "",
    find(meter, key, region) {
      for (const { everywhere, regions } of files) {
        const groups = [
          ...((region === undefined ? undefined : regions[region]?.[meter]) ?? []),
          ...(everywhere[meter] ?? []),
        ];
        for (const { source, prices } of groups) {
          const amount = prices[key];
          if (amount !== undefined) return { amount, source };
        }
      }
      return undefined;
    },
  };
}

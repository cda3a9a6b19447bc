// The monthly cost of a layer as a stack output: estimated from the very inputs that its resources are given.
import { Output, runtime } from "@pulumi/pulumi";
import { estimateCost } from "./cost/estimate.ts";
import type { RecordedResource } from "./cost/model.ts";
import { loadPrices } from "./cost/prices.ts";

/** What no input states is left out; an estimate reads sizes and counts, which programs state plainly. */
function plain(value: unknown): unknown {
  if (Output.isInstance(value) || value instanceof Promise) return undefined;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

export interface CostMeter {
  /** USD a month at the smallest and at the largest scale, to the cent; call it after the last resource. */
  outputs(): { monthlyCostMin: number; monthlyCostMax: number };
}

/** Call it inside the program, before the first resource: it watches every resource that follows. */
export function meterCosts(): CostMeter {
  const resources: RecordedResource[] = [];
  runtime.registerStackTransformation(({ type, name, props }) => {
    resources.push({ type, name, inputs: plain(props ?? {}) as Record<string, unknown> });
    return undefined;
  });
  return {
    outputs() {
      const { total } = estimateCost(resources, loadPrices(process.env["SPOT_BALANCER_PRICES"]));
      const cents = (amount: number) => Math.round(amount * 100) / 100;
      return { monthlyCostMin: cents(total.min), monthlyCostMax: cents(total.max) };
    },
  };
}

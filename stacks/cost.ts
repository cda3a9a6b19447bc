// The monthly cost of a layer as a stack output: estimated from the very inputs that its resources are given.
import { runtime } from "@pulumi/pulumi";
import { estimateCost } from "./cost/estimate.ts";
import { loadPrices } from "./cost/prices.ts";
import { plain } from "./plain.ts";

export interface CostMeter {
  /** USD a month at the smallest and at the largest scale, to the cent; call it after the last resource. */
  outputs(): { monthlyCostMin: Promise<number>; monthlyCostMax: Promise<number> };
}

/** Call it inside the program, before the first resource: it watches every resource that follows. */
export function meterCosts(): CostMeter {
  const declared: { type: string; name: string; props: unknown }[] = [];
  runtime.registerStackTransformation(({ type, name, props }) => {
    declared.push({ type, name, props: props ?? {} });
    return undefined;
  });
  const estimate = async () => {
    // The SDK wraps inputs that have defaults into Outputs, so even what programs state plainly has to be waited for.
    const resources = declared.map(async ({ type, name, props }) => ({
      type,
      name,
      inputs: (await plain(props)) as Record<string, unknown>,
    }));
    return estimateCost(await Promise.all(resources), loadPrices(process.env["SPOT_BALANCER_PRICES"])).total;
  };
  const cents = (amount: number) => Math.round(amount * 100) / 100;
  return {
    outputs() {
      const total = estimate();
      return {
        monthlyCostMin: total.then(({ min }) => cents(min)),
        monthlyCostMax: total.then(({ max }) => cents(max)),
      };
    },
  };
}

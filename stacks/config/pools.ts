// Node pools in the configuration of base.
import { z } from "zod";
import { isBurstable, poolName, vmSize, zones } from "./fields.ts";

const nodes = z.int().min(0).max(1000).meta({ unit: "nodes" });

const minUpToMax = {
  error: ({ input }: { input: unknown }) => `min to be at most max (${(input as { max: number }).max})`,
  path: ["min"],
  // Also when other keys of the pool are wrong: all problems are wanted at once.
  when: ({ value }: { value: unknown }) => {
    const { min, max } = (value ?? {}) as { min?: unknown; max?: unknown };
    return typeof min === "number" && typeof max === "number";
  },
};

export const regularPool = z
  .strictObject({
    name: poolName.default("regular"),
    vmSize: vmSize.default("Standard_D2as_v5"),
    min: nodes.default(1),
    max: nodes.min(1).default(5),
    zones: zones.default([]),
  })
  .refine(({ min, max }) => min <= max, minUpToMax);

export const spotPool = z
  .strictObject({
    name: poolName.default("spot"),
    vmSize: vmSize
      .refine(
        (size) => !isBurstable(size),
        "a size that Azure sells as spot, which no B-series is (Standard_D2as_v5 is cheap)",
      )
      .default("Standard_D2as_v5"),
    min: nodes.default(0),
    max: nodes.min(1).default(5),
    // -1: never more than the regular price, and no preemption because of the price.
    maxPrice: z
      .union([z.literal(-1), z.number().positive()], "-1 (up to the regular price) or USD per hour")
      .default(-1),
    zones: zones.default([]),
    mode: z.literal("User", '"User": a spot pool cannot be a system pool').default("User"),
  })
  .refine(({ min, max }) => min <= max, minUpToMax);

export const systemPool = z.strictObject({
  name: poolName.default("system"),
  vmSize: vmSize.default("Standard_D2as_v5"),
  count: z.int().min(1).max(100).default(1).meta({ unit: "nodes" }),
  zones: zones.default([]),
  priority: z.literal("regular", '"regular": a system pool cannot be spot').default("regular"),
});

// What the policy calls idle and busy.
import * as z from "zod";
import { count, minutes, ratio } from "./values.ts";

/** Keys that a namespace may set for itself as well. */
export const idleThresholds = {
  enterCpuUtilization: ratio.describe(
    "idle at or below this part of its CPU requests, over the whole window",
  ),
  exitCpuUtilization: ratio.describe("busy again above this part of its CPU requests, over the last minutes"),
  enterNetworkBytesPerSecond: z
    .number()
    .min(0)
    .describe("idle at or below this traffic per replica, in and out"),
};

export const idle = z
  .strictObject({
    windowMinutes: minutes.min(1).default(30).describe("how far back usage is looked at"),
    percentile: ratio
      .default(0.95)
      .describe("which part of the window's CPU values must be below the threshold"),
    minSamples: count
      .min(1)
      .default(10)
      .describe("CPU values that a pod needs within the window to be judged"),
    maxSampleAgeMinutes: minutes.default(5).describe("older than this, usage is not believed"),
    enterCpuUtilization: idleThresholds.enterCpuUtilization.default(0.1),
    exitCpuUtilization: idleThresholds.exitCpuUtilization.default(0.3),
    enterNetworkBytesPerSecond: idleThresholds.enterNetworkBytesPerSecond.default(50_000),
  })
  .refine((value) => value.enterCpuUtilization < value.exitCpuUtilization, {
    path: ["exitCpuUtilization"],
    message: "must be above enterCpuUtilization, or a workload would go to and fro",
  });

// Kinds of values of what runs in a cluster.
import { z } from "zod";

export const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(["Exists", "Equal"]).default("Exists"),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
});

export const schedule = z
  .string()
  .regex(/^(\S+\s+){4}\S+$/, 'a cron expression such as "*/1 * * * *"')
  .default("*/1 * * * *");

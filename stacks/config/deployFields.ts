// Kinds of values of what runs in a cluster.
import { z } from "zod";

export const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(["Exists", "Equal"]).default("Exists"),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export const secretName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "the name of a Secret, such as prometheus-login");

export const schedule = z
  .string()
  .regex(/^(\S+\s+){4}\S+$/, 'a cron expression such as "*/1 * * * *"')
  .default("*/1 * * * *");

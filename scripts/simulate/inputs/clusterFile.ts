// The cluster that the traces are played on: pools, workloads and times, as YAML; every part of it may be left out.
import * as z from "zod";
import { tiers } from "../../../balancer/policy/poolSchema.ts";
import { parseCpu, parseMemory } from "../../../balancer/kube/quantity.ts";
import { readYaml } from "../../../balancer/yamlFile.ts";
import type { InputFile, Problems } from "./problem.ts";

const quantity = (parse: (text: string) => number, example: string) =>
  z.union([z.string(), z.number()]).transform((given, context) => {
    try {
      const value = parse(String(given));
      if (value > 0) return value;
    } catch {
      // Told below.
    }
    context.addIssue({
      code: "custom",
      message: `expected a quantity above 0 such as ${example}, got ${given}`,
    });
    return z.NEVER;
  });
const cpu = quantity(parseCpu, "500m");
const memory = quantity(parseMemory, "1.5Gi");
const count = z.int().min(0);
const amount = z.number().min(0);

/** A node of 2 vCPUs and 8 GiB, less what AKS reserves on it (100m; a quarter and 100 MiB). */
const pool = (min: number) =>
  z
    .strictObject({
      cpu: cpu.prefault("1900m"),
      memory: memory.prefault("6044Mi"),
      pods: z.int().min(1).default(110),
      min: count.default(min),
      max: count.default(5),
      pricePerHour: amount.optional(),
      zones: z.int().min(1).max(3).optional(),
    })
    .refine((value) => value.min <= value.max, { path: ["min"], message: "must be at most max" })
    .prefault({});

const autoscaler = z
  .strictObject({
    min: z.int().min(1),
    max: z.int().min(1),
    cpuUtilization: z.number().positive().max(1).default(0.7),
  })
  .refine((value) => value.min <= value.max, { path: ["min"], message: "must be at most max" });

const workload = z
  .strictObject({
    kind: z.enum(["Deployment", "StatefulSet"]).optional(),
    tier: z.enum([...tiers, "ignore"]).optional(),
    replicas: z.int().min(1).default(2),
    cpu,
    memory,
    maxSurge: count.default(1),
    maxUnavailable: count.default(0),
    minAvailable: count.optional(),
    spread: z.enum(["zone", "node"]).optional(),
    autoscaler: autoscaler.optional(),
  })
  .refine((value) => value.maxSurge + value.maxUnavailable > 0, {
    path: ["maxSurge"],
    message: "must be above 0 when maxUnavailable is 0, as the API demands",
  });

const schema = z.strictObject({
  pools: z.strictObject({ regular: pool(1), spot: pool(1) }).prefault({}),
  /** Beside `spot`, each with a trace of its own (`--spot NAME=FILE`); named as AKS lets pools be named. */
  spotPools: z
    .record(z.string().regex(/^(?!regular$|spot$)[a-z][a-z0-9]{0,11}$/, "must be a pool's name"), pool(0))
    .default({}),
  workloads: z.record(z.string().regex(/^[^/\s]+\/[^/\s]+$/, "must be namespace/name"), workload).optional(),
  times: z
    .strictObject({
      nodeStartSeconds: amount.default(120),
      /** Its last part: a kubelet registers before the node's network is up. So long is our assumption, as are the others here. */
      nodeNotReadySeconds: amount.default(30),
      podStartSeconds: amount.default(20),
      unneededMinutes: amount.default(10),
      failedRequestSeconds: amount.default(0),
      backoffMinutes: amount.default(5),
    })
    .prefault({}),
});

export type ClusterFile = z.output<typeof schema>;

export const defaultCluster: ClusterFile = schema.parse({});

/** @returns undefined when there are problems */
export function readClusterFile({ name, text }: InputFile, problems: Problems): ClusterFile | undefined {
  const { value, problems: found } = readYaml(text, schema);
  problems.add(name, ...found);
  return value;
}

// What of the deploy layer a stack brings, and what each part needs of the others.
import { z } from "zod";
import { problem } from "./problems.ts";

export const partNames = ["balancer", "monitoring", "gateway", "apps", "demo"] as const;
export type Part = (typeof partNames)[number];

/** By part, the namespaces in k8s/namespaces that it lives in. */
export const namespacesOf: Record<Part, readonly string[]> = {
  balancer: ["monitoring", "placeholder"],
  monitoring: ["monitoring", "node-metrics"],
  gateway: ["gateway"],
  apps: ["backend", "database", "frontend"],
  demo: ["banking", "demo"],
};

export const partKeys = {
  parts: z
    .array(z.enum(partNames))
    .min(1)
    .default([...partNames])
    .describe(
      "What this stack brings. balancer alone needs neither gateway nor database; monitoring: Prometheus, Grafana, exporters; apps: backend and frontend; demo: demo and banking",
    ),
  prometheusUrl: z
    .url({ protocol: /^https?$/, error: 'a URL such as "http://prometheus.observability.svc:9090"' })
    .optional()
    .describe("The Prometheus that the balancer asks; omitted: the one of monitoring"),
};

interface PartKeys {
  parts: readonly Part[];
  prometheusUrl?: string | undefined;
}

export function partProblems({ parts, prometheusUrl }: PartKeys) {
  const has = (part: Part) => parts.includes(part);
  const isBlind = has("balancer") && !has("monitoring") && prometheusUrl === undefined;
  return [
    isBlind && problem("prometheusUrl", "a URL, as parts has the balancer without monitoring", prometheusUrl),
    has("apps") && !has("gateway") && problem("parts", "gateway beside apps, whose routes join it", parts),
  ];
}

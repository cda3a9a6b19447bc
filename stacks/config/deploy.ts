// Configuration of the deploy layer: what runs in the cluster, and on which nodes.
import { z } from "zod";
import { parsePolicy, PolicyError } from "../../balancer/index.ts";
import { stringify } from "yaml";
import { workloads } from "../deploy/workloads.ts";
import type { NodeLabels } from "../nodeLabels.ts";
import { appKeys, databaseProblems, ownImage } from "./app.ts";
import { schedule, secretName, toleration } from "./deployFields.ts";
import { guid, textMap } from "./fields.ts";
import { gatewaySettings } from "./gateway.ts";
import { partKeys, partProblems } from "./parts.ts";
import { problem, type Problem } from "./problems.ts";
import { ruleFor, type LayerSchema } from "./schema.ts";

const quantity = z.string().regex(/^\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?$/, 'a quantity such as "250m" or "64Mi"');

/** At least so large: below that retention by size would leave nothing. */
const storage = z.string().regex(/^[1-9]\d*Gi$/, 'a size such as "16Gi"');

const load = z.strictObject({ cpu: quantity, memory: quantity.optional() }).optional();

const deployKeys = z.object({
  ...partKeys,
  cluster: z
    .enum(["base", "existing"])
    .default("base")
    .describe(
      "base: the cluster of the base stack. existing: one that this project did not make, by `kubeconfig`",
    ),
  baseStack: z.string().optional().describe("Stack to take the cluster from, when it is not `base-<env>`"),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("Kubeconfig (YAML) of an existing cluster")
    .meta({ secret: true }),
  kubeContext: z.string().min(1).optional().describe("Context of `kubeconfig`; omitted: its current one"),
  systemNodeLabels: textMap
    .optional()
    .describe("Labels of the nodes for monitoring and balancer; {}: any node. Default: those of base"),
  systemTolerations: z
    .array(toleration)
    .default([{ key: "CriticalAddonsOnly", operator: "Exists" }])
    .describe("Tolerations of monitoring and balancer"),
  regularNodeLabels: textMap
    .optional()
    .describe("Labels that regular nodes have; {}: every node that is not spot. Default: those of base"),
  spotNodeLabels: textMap
    .optional()
    .describe("Labels that spot nodes have; {}: there is no spot pool. Default: those of base"),
  policy: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The balancer's policy, see balancer/README.md; node labels are filled in"),
  balancerSchedule: schedule.describe("When the balancer runs"),
  balancerWatch: z
    .boolean()
    .default(true)
    .describe(
      "A round at once when a spot node is about to end, is lost, or has come; false: by schedule only",
    ),
  balancerReleaseOnDestroy: z
    .boolean()
    .optional()
    .describe(
      "Before the balancer goes it takes back what it has placed; omitted: where the stack brings neither apps nor demo",
    ),
  balancerMonitor: z
    .boolean()
    .default(false)
    .describe(
      "Also a PodMonitor, a PrometheusRule and a dashboard, where the cluster has the Prometheus operator",
    ),
  balancerPrometheusSecretName: secretName
    .optional()
    .describe(
      "Secret in the namespace `monitoring` with the config.yaml of `--prometheus-config`, for a Prometheus that wants a login: balancer/README.md",
    ),
  balancerAzureClientId: guid
    .optional()
    .describe("Client id of the identity as which its `azuread` logs in (workload identity)"),
  balancerImage: ownImage("balancer", "bundle"),
  registryMirror: z
    .string()
    .regex(
      /^(base|[a-z0-9.-]+\.[a-z]{2,}(:\d+)?(\/[\w./-]+)?)$/,
      'base, or a registry such as "mirror.example.com"',
    )
    .optional()
    .describe(
      "Where images of Docker Hub come from instead, by the same names; base: its registry, with `imageCache`",
    ),
  ...appKeys,
  gateway: gatewaySettings,
  scrapeInterval: z
    .int()
    .min(2)
    .max(120)
    .default(15)
    .describe("How often Prometheus reads the nodes")
    .meta({ unit: "seconds" }),
  retentionHours: z
    .int()
    .min(1)
    .max(720)
    .default(24)
    .describe("How long Prometheus keeps series")
    .meta({ unit: "hours" }),
  prometheusVolume: z
    .strictObject({
      size: storage.describe("Large enough for the retention; it can grow, never shrink"),
      storageClass: z.string().optional().describe("Default: the cluster's default class"),
    })
    .optional()
    .describe("A disk for Prometheus' series; omitted: they are lost when its pod moves"),
  grafanaPasswordVersion: z
    .int()
    .min(1)
    .default(1)
    .describe("Raise it to rotate the password of Grafana's user admin"),
  demoLoad: z
    .strictObject(
      Object.fromEntries(workloads.map((name) => [name, load])) as Record<
        (typeof workloads)[number],
        typeof load
      >,
    )
    .prefault({})
    .describe("Local nodes only: usage that a workload starts with, by name, sum over its pods"),
});

export type DeployConfig = z.output<typeof deployKeys>;

const roles = ["system", "regular", "spot"] as const;

/** By role, the labels that its nodes have. */
export type RoleLabels = Record<(typeof roles)[number], NodeLabels>;

/** The cluster that it goes to. An existing one is described completely, as the rules below see to. */
export function clusterChoice({ kubeconfig, kubeContext, baseStack, ...labels }: DeployConfig) {
  const { systemNodeLabels: system, regularNodeLabels: regular, spotNodeLabels: spot } = labels;
  return kubeconfig && system && regular && spot
    ? { kind: "existing" as const, kubeconfig, context: kubeContext, nodeLabels: { system, regular, spot } }
    : { kind: "base" as const, stack: baseStack, nodeLabels: { system, regular, spot } };
}

const rule = ruleFor<DeployConfig>();

export const deploy: LayerSchema<typeof deployKeys.shape> = {
  keys: deployKeys,
  rules: [
    rule(["cluster", "kubeconfig"], ({ cluster, kubeconfig }) => {
      if (cluster === "existing")
        return !kubeconfig && problem("kubeconfig", "a secret, as cluster is existing", undefined);
      const got = "a value (not shown: secret)";
      return kubeconfig !== undefined && { key: "kubeconfig", expected: "nothing, as cluster is base", got };
    }),
    rule(
      ["cluster", "kubeContext"],
      ({ cluster, kubeContext }) =>
        cluster === "base" &&
        kubeContext !== undefined &&
        problem("kubeContext", "nothing, as cluster is base", kubeContext),
    ),
    rule(
      ["cluster", "systemNodeLabels", "regularNodeLabels", "spotNodeLabels"],
      (config) =>
        config.cluster === "existing" &&
        roles
          .map((role) => `${role}NodeLabels` as const)
          .map((key) => !config[key] && problem(key, "labels, as cluster is existing", undefined)),
    ),
    rule(
      ["cluster", "registryMirror"],
      ({ cluster, registryMirror }) =>
        cluster === "existing" &&
        registryMirror === "base" &&
        problem("registryMirror", "the name of a registry, as cluster is existing", registryMirror),
    ),
    rule(["parts", "prometheusUrl"], partProblems),
    rule(
      ["balancerAzureClientId", "balancerPrometheusSecretName"],
      ({ balancerAzureClientId, balancerPrometheusSecretName: secret }) =>
        balancerAzureClientId !== undefined &&
        secret === undefined &&
        problem(
          "balancerPrometheusSecretName",
          "the name of a Secret, as balancerAzureClientId is given",
          secret,
        ),
    ),
    rule(["parts", "database", "databasePassword"], ({ parts, ...keys }) =>
      parts.includes("apps") ? databaseProblems(keys) : [],
    ),
    rule(["policy"], ({ policy }) => [...policyProblems(policy), ...poolProblems(policy)]),
  ],
};

function policyProblems(policy: Record<string, unknown>): Problem[] {
  try {
    parsePolicy(stringify(policy));
    return [];
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.problems.map(({ path, message }) => ({
      key: path ? `policy.${path}` : "policy",
      expected: "a valid policy",
      got: message,
    }));
  }
}

/** Which nodes are which is said once, in the keys above. */
function poolProblems({ pools }: Record<string, unknown>): Problem[] {
  return (["regular", "spot"] as const).flatMap((priority) => {
    const labels = (pools as Record<string, { nodeLabels?: unknown }> | undefined)?.[priority]?.nodeLabels;
    const key = `policy.pools.${priority}.nodeLabels`;
    return labels === undefined ? [] : problem(key, `nothing: use ${priority}NodeLabels`, labels);
  });
}

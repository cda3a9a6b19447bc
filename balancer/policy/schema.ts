// What the policy file may say: keys with their units, bounds, defaults and meaning. The reference is made from this.
import * as z from "zod";
import { idle } from "./idle.ts";
import { namespaceRule } from "./namespaces.ts";
import { presetNames } from "./presets.ts";
import { pools, priorities } from "./poolSchema.ts";
import { count, minutes, ratio } from "./values.ts";

const waterMarks = (high: number, low: number) =>
  z
    .strictObject({
      highUtilization: ratio.default(high).describe("pressure starts above this"),
      lowUtilization: ratio
        .default(low)
        .describe(
          "pressure is relieved down to this, and voluntary moves fill up to this; up to highUtilization what has to be on regular",
        ),
    })
    .refine((value) => value.lowUtilization < value.highUtilization, {
      path: ["lowUtilization"],
      message: "must be below highUtilization",
    })
    .prefault({});

const seriesLabels = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a Prometheus label"),
  z.string(),
);

const schema = z.strictObject({
  version: z.literal(1).default(1),
  preset: z
    .enum(presetNames)
    .default("aks")
    .describe(
      "whose labels and taints `pools` has by default; those below are of aks, those of the others in policy/presets.ts",
    ),
  pools,
  priorities,
  namespaces: z
    .record(
      z.string(),
      namespaceRule.nullable().transform((rule) => rule ?? namespaceRule.parse({})),
    )
    .default({})
    .describe("namespaces in which workloads are moved, by name; what is not listed is never touched"),
  idle: idle.prefault({}),
  usage: z
    .strictObject({
      rateMinutes: minutes
        .min(0.5)
        .default(5)
        .describe("over how long the present CPU usage is averaged; at least two scrapes"),
      selector: seriesLabels
        .default({})
        .describe(
          "labels that series must have to be believed, beside namespace and pod: `cluster` where one store holds several clusters, `job` where not every job is to be trusted",
        ),
    })
    .prefault({}),
  pressure: z
    .strictObject({ regular: waterMarks(0.85, 0.75), spot: waterMarks(0.95, 0.85) })
    .prefault({})
    .describe(
      "part of a priority's allocatable CPU or memory that is requested, or used, whichever is higher",
    ),
  balance: z
    .strictObject({
      enabled: z.boolean().default(true),
      hotUtilization: ratio.default(0.8).describe("a node is hot at this measured CPU or memory"),
      coolUtilization: ratio.default(0.5).describe("a target must stay at or below this after the move"),
    })
    .refine((value) => value.coolUtilization < value.hotUtilization, {
      path: ["coolUtilization"],
      message: "must be below hotUtilization",
    })
    .prefault({}),
  emptying: z
    .strictObject({
      enabled: z.boolean().default(true).describe("move what keeps a regular node from being empty"),
      maxRequestedUtilization: ratio.default(0.5).describe("only nodes requested at most this much"),
    })
    .prefault({}),
  availability: z
    .strictObject({
      low: ratio.default(0.997),
      standard: ratio.default(0.999),
    })
    .prefault({})
    .describe(
      "part of the time that replicas are to be ready, by tier: how much the loss of spot nodes may cost before work stays on regular. Above 0.99975 a part of each workload stays there always, up to half of it, so that the loss of all spot nodes costs no more than a week may",
    ),
  placeholders: z
    .undefined("is called headroom since each round asks for what it wants by itself")
    .optional(),
  headroom: z
    .strictObject({
      replicas: count
        .default(0)
        .describe("pods that keep room free on spot nodes, so that the autoscaler provides it; 0: none"),
      cpuMillicores: count.min(1).default(500).describe("requests of each"),
      memoryMebibytes: count.min(1).default(512).describe("requests of each"),
    })
    .prefault({})
    .describe("what is kept free on spot beyond the demand of each round, as placeholder pods"),
  leaveAlone: z
    .strictObject({
      annotated: z
        .boolean()
        .default(true)
        .describe(
          "what carries safe-to-evict=false of the cluster autoscaler, do-not-disrupt of Karpenter, prefer-no-eviction of the descheduler, removal-disabled of Cast AI, or the label restrict-scale-down of Ocean; lost nodes are left all the same",
        ),
      emptyDir: z
        .boolean()
        .default(false)
        .describe(
          "what has an emptyDir or ephemeral volume, unless safe-to-evict or safe-to-evict-local-volumes of the cluster autoscaler says that it may go: its data is lost whenever a pod is replaced, by a move or by a release",
        ),
    })
    .prefault({})
    .describe("what is not moved though it could be"),
  statefulSets: z.strictObject({ enabled: z.boolean().default(false) }).prefault({}),
  cooldown: z
    .strictObject({
      minutes: minutes.default(30).describe("rest of a workload after a move"),
      maxMinutes: minutes.default(480).describe("most that doubling after failed returns leads to"),
      autoscalerMinutes: minutes.default(5).describe("rest after its HPA changed the replicas"),
    })
    .prefault({}),
  budgets: z
    .strictObject({
      maxMovesPerRound: count.default(5),
      maxMovesPerHour: count.default(60),
    })
    .prefault({})
    .describe("voluntary moves; getting off lost nodes is not counted against them, but counts in the hour"),
  score: z
    .strictObject({
      restartCost: z
        .number()
        .min(0)
        .default(0.005)
        .describe("what restarting one pod is worth, in costs.currency"),
      threshold: z
        .number()
        .min(0)
        .default(0.0001)
        .describe("nothing goes to spot that saves less an hour, restarts counted in, in costs.currency"),
    })
    .prefault({}),
  // westeurope's price and eastus' share of it on spot (21 %), as in stacks/cost/prices.yaml: no source there states spot
  // prices of westeurope.
  costs: z
    .strictObject({
      regularPerCpuHour: z.number().min(0).default(0.052),
      spotPerCpuHour: z.number().min(0).default(0.011),
      currency: z.string().default("USD"),
    })
    .prefault({})
    .describe(
      "price of one CPU with its memory; the default is half a Standard_D2as_v5 in westeurope, on spot at 21 % of that",
    ),
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names; a rule for another moves nothing. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A namespace may set one threshold and take the other from `idle`; the pair must still make sense. */
export const policySchema = schema.superRefine(({ namespaces, idle }, context) => {
  for (const [name, rule] of Object.entries(namespaces)) {
    if (!namespaceName.test(name)) {
      const message =
        "must be the name of one namespace: patterns are not known, and names are in lower case";
      context.addIssue({ code: "custom", path: ["namespaces", name], message });
    }
    const { enterCpuUtilization: enter, exitCpuUtilization: exit } = { ...idle, ...rule.idle };
    if (enter < exit) continue;
    const key = rule.idle.enterCpuUtilization === undefined ? "exitCpuUtilization" : "enterCpuUtilization";
    const message = `enterCpuUtilization ${enter} must be below exitCpuUtilization ${exit}`;
    context.addIssue({ code: "custom", path: ["namespaces", name, "idle", key], message });
  }
});

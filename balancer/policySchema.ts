// What the policy file may say: keys with their units, bounds, defaults and meaning. The reference is made from this.
import * as z from "zod"; // as a namespace: `{ z }` would bring all of its translations into the bundle

const ratio = z.number().min(0).max(1);
const minutes = z
  .number()
  .min(0)
  .max(7 * 24 * 60);
const count = z.int().min(0);
const labels = z.record(z.string(), z.string());

export const tiers = ["critical", "standard", "low"] as const;
const tier = z.enum(tiers);

/** Keys that a namespace may set for itself as well. */
const idleThresholds = {
  enterCpuUtilization: ratio.describe(
    "idle at or below this part of its CPU requests, over the whole window",
  ),
  exitCpuUtilization: ratio.describe("busy again above this part of its CPU requests, over the last minutes"),
  enterNetworkBytesPerSecond: z
    .number()
    .min(0)
    .describe("idle at or below this traffic per replica, in and out"),
};

const idle = z
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

const waterMarks = (high: number, low: number) =>
  z
    .strictObject({
      highUtilization: ratio.default(high).describe("pressure starts above this"),
      lowUtilization: ratio
        .default(low)
        .describe("pressure is relieved down to this, and voluntary moves fill up to this"),
    })
    .refine((value) => value.lowUtilization < value.highUtilization, {
      path: ["lowUtilization"],
      message: "must be below highUtilization",
    })
    .prefault({});

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "22:30"');
const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

const timeWindow = z.strictObject({
  days: z
    .array(z.enum(days))
    .min(1)
    .default([...days])
    .describe("days on which the window starts"),
  from: timeOfDay.describe("start, inclusive"),
  to: timeOfDay.describe("end, exclusive; earlier than `from`: on the next day; equal: 24 hours"),
  timeZone: z.string().refine(isTimeZone, "must be an IANA time zone such as Europe/Vienna").default("UTC"),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const namespaceRule = z.strictObject({
  allowed: z.boolean().default(true).describe("false: never touched, though listed"),
  maxSpotShare: ratio.default(1).describe("largest part of the namespace's replicas on spot"),
  regularFloor: count
    .default(0)
    .describe(
      "replicas of each workload that stay on regular; what has less than twice as many does not go to spot",
    ),
  order: z.int().default(0).describe("lower goes to spot first and comes back last, within a tier"),
  windows: z.array(timeWindow).default([]).describe("moves to spot only at these times; empty: at any time"),
  idle: z
    .strictObject(idleThresholds)
    .partial()
    .default({})
    .describe("own thresholds instead of those in `idle`"),
});

const pools = z
  .strictObject({
    nameLabel: z
      .string()
      .default("kubernetes.azure.com/agentpool")
      .describe("node label that names the pool"),
    splitLabel: z
      .string()
      .default("kubernetes.azure.com/priority")
      .describe(
        "node label with one value on all regular nodes and another on all spot nodes; a workload with a floor on regular is spread over it",
      ),
    regular: z
      .strictObject({
        nodeLabels: labels
          .default({ "kubernetes.azure.com/priority": "regular", "kubernetes.azure.com/mode": "user" })
          .describe("labels that a regular node has, all of them; {}: every node that is not spot"),
      })
      .prefault({}),
    spot: z
      .strictObject({
        nodeLabels: labels
          .default({ "kubernetes.azure.com/scalesetpriority": "spot" })
          .describe(
            "labels that a spot node has, all of them; the placement prefers nodes with them; {}: there are no spot nodes",
          ),
        taint: z
          .strictObject({
            key: z.string(),
            value: z.string().default(""),
            effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
          })
          .nullable()
          .default({ key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" })
          .describe("taint of spot nodes, which the placement tolerates; null: they have none"),
        lossConditions: z
          .array(z.string())
          .default(["VMEventScheduled", "PreemptionScheduled"])
          .describe("node conditions that announce the node's end"),
        lossTaints: z
          .array(z.string())
          .default(["node.cloudprovider.kubernetes.io/shutdown", "node.kubernetes.io/out-of-service"])
          .describe("taint keys that announce the node's end"),
        stableMinutes: minutes
          .default(20)
          .describe("without a lost spot node for this long before work goes there"),
        toleratedLossShare: ratio
          .default(0.1)
          .describe(
            "part of the spot nodes that may be lost within stableMinutes while spot counts as stable",
          ),
      })
      .prefault({}),
  })
  .prefault({});

const priorities = z
  .strictObject({
    label: z
      .string()
      .default("spot-balancer/tier")
      .describe("label of a workload that states its tier, or `ignore`; wins over its PriorityClass"),
    classes: z
      .record(z.string(), tier)
      .default({ "system-cluster-critical": "critical", "system-node-critical": "critical" })
      .describe("PriorityClass → tier"),
    default: tier.default("standard").describe("tier of what neither the label nor a class names"),
  })
  .prefault({});

const schema = z.strictObject({
  version: z.literal(1).default(1),
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
      rateMinutes: minutes.min(0.5).default(5).describe("over how long the present CPU usage is averaged"),
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
  placeholders: z
    .strictObject({
      replicas: count
        .default(0)
        .describe("pods that keep room free on spot nodes, so that the autoscaler provides it; 0: none"),
      cpuMillicores: count.min(1).default(500).describe("requests of each"),
      memoryMebibytes: count.min(1).default(512).describe("requests of each"),
    })
    .prefault({})
    .describe("the deploy stack makes them; their room goes to whatever is moved to spot"),
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
      threshold: ratio.default(0.05).describe("nothing voluntary moves below this score"),
    })
    .prefault({}),
  costs: z
    .strictObject({
      regularPerCpuHour: z.number().min(0).default(0.048),
      spotPerCpuHour: z.number().min(0).default(0.0096),
      currency: z.string().default("USD"),
    })
    .prefault({})
    .describe(
      "price of one CPU with its memory; the default is Standard_D2as_v5 in westeurope, half per CPU",
    ),
});

/** A namespace may set one threshold and take the other from `idle`; the pair must still make sense. */
export const policySchema = schema.superRefine(({ namespaces, idle }, context) => {
  for (const [name, rule] of Object.entries(namespaces)) {
    const { enterCpuUtilization: enter, exitCpuUtilization: exit } = { ...idle, ...rule.idle };
    if (enter < exit) continue;
    const key = rule.idle.enterCpuUtilization === undefined ? "exitCpuUtilization" : "enterCpuUtilization";
    const message = `enterCpuUtilization ${enter} must be below exitCpuUtilization ${exit}`;
    context.addIssue({ code: "custom", path: ["namespaces", name, "idle", key], message });
  }
});

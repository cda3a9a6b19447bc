// What AKS refuses of a node pool, inline in the cluster or as a resource of its own.
// https://learn.microsoft.com/azure/aks/spot-node-pool, https://learn.microsoft.com/azure/aks/use-system-pools,
// https://learn.microsoft.com/azure/aks/use-labels, https://learn.microsoft.com/rest/api/aks/agent-pools/create-or-update
import {
  type Inputs,
  type Problem,
  at,
  given,
  isRecord,
  joinPath,
  listAt,
  numberAt,
  textAt,
} from "../problem.ts";
import type { Rule } from "../resourceType.ts";
import { between, refuse, required } from "../rules.ts";
import { type VmSize, vmSize } from "../vmSizes.ts";
import { isSupported } from "./versions.ts";

const isSpot = (pool: Inputs): boolean => at(pool, "scaleSetPriority") === "Spot";
const isSystem = (pool: Inputs): boolean => at(pool, "mode") === "System";
const scales = (pool: Inputs): boolean => at(pool, "enableAutoScaling") === true;
const sizeOf = (pool: Inputs): VmSize | undefined => vmSize(textAt(pool, "vmSize") ?? "");

const sizes: readonly Rule[] = [
  required("vmSize"),
  refuse(
    "vmSize",
    (pool) => textAt(pool, "vmSize") !== undefined && !sizeOf(pool),
    (pool) => `no VM size ${textAt(pool, "vmSize")} is known, expected one such as Standard_D2as_v5`,
  ),
  refuse(
    "vmSize",
    (pool) => isSpot(pool) && sizeOf(pool)?.spot === false,
    (pool) =>
      `${textAt(pool, "vmSize")} is not sold as Spot (no B-series is): take one such as Standard_D2as_v5`,
  ),
  refuse(
    "vmSize",
    (pool) => isSystem(pool) && ((sizeOf(pool)?.cpus ?? 2) < 2 || (sizeOf(pool)?.memoryGiB ?? 4) < 4),
    (pool) => `a system pool needs 2 vCPUs and 4 GiB at least, ${textAt(pool, "vmSize")} has less`,
  ),
];

const counts: Rule = (pool) =>
  ["count", "minCount", "maxCount"].flatMap((path) => {
    const value = numberAt(pool, path);
    const from = path === "maxCount" || isSystem(pool) ? 1 : 0;
    return value !== undefined && (!Number.isInteger(value) || value < from || value > 1000)
      ? [{ path, message: `expected a whole number from ${from} to 1000, got ${value}` }]
      : [];
  });

const bounds = (pool: Inputs) => {
  const [count, min, max] = ["count", "minCount", "maxCount"].map((path) => numberAt(pool, path));
  return { count, min, max };
};

const scaling: readonly Rule[] = [
  ...["minCount", "maxCount"].flatMap((path) => [
    refuse(
      path,
      (pool) => scales(pool) && !given(pool, path),
      "is missing, and required with enableAutoScaling",
    ),
    refuse(
      path,
      (pool) => given(pool, path) && (at(pool, "enableAutoScaling") ?? false) === false && !isOpen(pool),
      "is only for a pool with enableAutoScaling: true",
    ),
  ]),
  // pulumi/pulumi-azure-native#2943
  refuse(
    "count",
    (pool) => scales(pool) && !given(pool, "count"),
    "is missing; a pool that scales needs it to start with",
  ),
  refuse(
    "maxCount",
    (pool) => scales(pool) && isBackwards(pool),
    (pool) => `is ${bounds(pool).max}, less than minCount ${bounds(pool).min}`,
  ),
  refuse(
    "count",
    (pool) => {
      const { count = 0, min = count, max = count } = bounds(pool);
      return scales(pool) && !isBackwards(pool) && (count < min || count > max) && given(pool, "count");
    },
    (pool) =>
      `is ${bounds(pool).count}, outside of minCount ${bounds(pool).min} to maxCount ${bounds(pool).max}`,
  ),
];

/** Whether it scales is not known yet. */
const isOpen = (pool: Inputs): boolean =>
  given(pool, "enableAutoScaling") && at(pool, "enableAutoScaling") === undefined;

const isBackwards = (pool: Inputs): boolean => (bounds(pool).min ?? 0) > (bounds(pool).max ?? Infinity);

const spot: readonly Rule[] = [
  refuse("mode", (pool) => isSpot(pool) && isSystem(pool), 'a spot pool cannot be a system pool: say "User"'),
  ...["scaleSetEvictionPolicy", "spotMaxPrice"].map((path) =>
    refuse(
      path,
      (pool) =>
        given(pool, path) &&
        at(pool, path) !== -1 &&
        !isSpot(pool) &&
        at(pool, "scaleSetPriority") !== undefined,
      'is only for a pool with scaleSetPriority: "Spot"',
    ),
  ),
  refuse(
    "spotMaxPrice",
    (pool) => (numberAt(pool, "spotMaxPrice") ?? -1) <= 0 && (numberAt(pool, "spotMaxPrice") ?? -1) !== -1,
    "expected -1 (up to the regular price) or a price in USD",
  ),
  // hashicorp/terraform-provider-azurerm#19355
  refuse(
    "upgradeSettings.maxSurge",
    (pool) => isSpot(pool) && at(pool, "upgradeSettings.maxSurge") !== undefined,
    "a spot pool cannot surge: remove it",
  ),
];

const zones: Rule = (pool) =>
  listAt(pool, "availabilityZones").flatMap((zone, index) =>
    ["1", "2", "3"].includes(zone as string)
      ? []
      : [
          {
            path: `availabilityZones[${index}]`,
            message: `expected "1", "2" or "3", got ${JSON.stringify(zone)}`,
          },
        ],
  );

/** AKS sets it itself; a program declares it so that it does not drift. */
const spotLabel = "kubernetes.azure.com/scalesetpriority";
const labelText = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

const labels: Rule = (pool) =>
  Object.entries((at(pool, "nodeLabels") ?? {}) as Inputs).flatMap(([key, value]) => {
    const [, prefix = "", name] = /^(?:(.*)\/)?(.*)$/.exec(key)!;
    const problem = (isBroken: boolean, message: string): Problem[] =>
      isBroken ? [{ path: joinPath("nodeLabels", key), message }] : [];
    const isReserved = /(^|\.)(kubernetes\.azure\.com|kubernetes\.io|k8s\.io)$/.test(prefix);
    return [
      ...problem(
        key === spotLabel && (!isSpot(pool) || value !== "spot"),
        'AKS sets it, to "spot" on spot pools: give it there with that value, or not at all',
      ),
      ...problem(key !== spotLabel && isReserved, `the prefix ${prefix} is reserved`),
      ...problem(!labelText.test(name!), "is no valid label name"),
      ...problem(
        typeof value === "string" && value !== "" && !labelText.test(value),
        `${JSON.stringify(value)} is no valid label value`,
      ),
    ];
  });

const taints: Rule = (pool) =>
  listAt(pool, "nodeTaints").flatMap((taint, index) =>
    typeof taint !== "string" || /^[\w./-]+=[\w.-]*:(NoSchedule|PreferNoSchedule|NoExecute)$/.test(taint)
      ? []
      : [
          {
            path: `nodeTaints[${index}]`,
            message: `expected key=value:Effect such as app=web:NoSchedule, got ${taint}`,
          },
        ],
  );

export const poolRules: readonly Rule[] = [
  ...sizes,
  counts,
  ...scaling,
  ...spot,
  between("maxPods", 10, 250),
  isSupported("orchestratorVersion"),
  zones,
  labels,
  taints,
];

/** Every problem of the cluster's inline pools. */
export const inlinePoolRules: Rule = (inputs) =>
  listAt(inputs, "agentPoolProfiles").flatMap((pool, index) =>
    isRecord(pool)
      ? poolRules
          .flatMap((rule) => rule(pool))
          .map(({ path, message }) => ({ path: `agentPoolProfiles[${index}].${path}`, message }))
      : [],
  );

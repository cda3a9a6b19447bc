// What AKS refuses of a node pool, inline in the cluster or as a resource of its own.
// https://learn.microsoft.com/azure/aks/spot-node-pool, https://learn.microsoft.com/azure/aks/use-system-pools,
// https://learn.microsoft.com/azure/aks/use-labels, https://learn.microsoft.com/rest/api/aks/agent-pools/create-or-update
import { type Inputs, type Problem, at, given, joinPath, numberAt } from "../problem.ts";
import type { Rule } from "../resourceType.ts";
import { between, each, refuse, refuseText, required, wrong } from "../rules.ts";
import { vmSize } from "../vmSizes.ts";
import { isSupported } from "./versions.ts";

const isSpot = (pool: Inputs): boolean => at(pool, "scaleSetPriority") === "Spot";
const isSystem = (pool: Inputs): boolean => at(pool, "mode") === "System";
const scales = (pool: Inputs): boolean => at(pool, "enableAutoScaling") === true;

const sizes: readonly Rule[] = [
  required("vmSize"),
  refuseText("vmSize", (name, pool) => {
    const size = vmSize(name);
    if (!size) return `no VM size ${name} is known, expected one such as Standard_D2as_v5`;
    if (isSpot(pool) && !size.spot)
      return `${name} is not sold as Spot (no B-series is): take one such as Standard_D2as_v5`;
    const isTooSmall = size.cpus < 2 || size.memoryGiB < 4;
    return isSystem(pool) && isTooSmall && `a system pool needs 2 vCPUs and 4 GiB at least, ${name} has less`;
  }),
];

const counts: readonly Rule[] = ["count", "minCount", "maxCount"].map((path) =>
  refuse(path, (pool) => {
    const value = numberAt(pool, path);
    const from = path === "maxCount" || isSystem(pool) ? 1 : 0;
    const isFine = value === undefined || (Number.isInteger(value) && value >= from && value <= 1000);
    return !isFine && `expected a whole number from ${from} to 1000, got ${value}`;
  }),
);

const scaling: readonly Rule[] = [
  ...["minCount", "maxCount"].flatMap((path) => [
    refuse(
      path,
      (pool) => scales(pool) && !given(pool, path) && "is missing, and required with enableAutoScaling",
    ),
    refuse(
      path,
      (pool) =>
        given(pool, path) &&
        (at(pool, "enableAutoScaling") ?? false) === false &&
        !isOpen(pool) &&
        "is only for a pool with enableAutoScaling: true",
    ),
  ]),
  // pulumi/pulumi-azure-native#2943
  refuse(
    "count",
    (pool) =>
      scales(pool) && !given(pool, "count") && "is missing; a pool that scales needs it to start with",
  ),
  (pool) => {
    const [count, min, max] = ["count", "minCount", "maxCount"].map((path) => numberAt(pool, path));
    if (!scales(pool)) return [];
    if ((min ?? 0) > (max ?? Infinity)) return wrong("maxCount", `is ${max}, less than minCount ${min}`);
    const isOutside = count !== undefined && (count < (min ?? count) || count > (max ?? count));
    return wrong("count", isOutside && `is ${count}, outside of minCount ${min} to maxCount ${max}`);
  },
];

/** Whether it scales is not known yet. */
const isOpen = (pool: Inputs): boolean =>
  given(pool, "enableAutoScaling") && at(pool, "enableAutoScaling") === undefined;

const spot: readonly Rule[] = [
  refuse(
    "mode",
    (pool) => isSpot(pool) && isSystem(pool) && 'a spot pool cannot be a system pool: say "User"',
  ),
  ...["scaleSetEvictionPolicy", "spotMaxPrice"].map((path) =>
    refuse(
      path,
      (pool) =>
        given(pool, path) &&
        at(pool, path) !== -1 &&
        !isSpot(pool) &&
        at(pool, "scaleSetPriority") !== undefined &&
        'is only for a pool with scaleSetPriority: "Spot"',
    ),
  ),
  refuse("spotMaxPrice", (pool) => {
    const price = numberAt(pool, "spotMaxPrice") ?? -1;
    return price <= 0 && price !== -1 && "expected -1 (up to the regular price) or a price in USD";
  }),
  // hashicorp/terraform-provider-azurerm#19355
  refuse(
    "upgradeSettings.maxSurge",
    (pool) =>
      isSpot(pool) &&
      at(pool, "upgradeSettings.maxSurge") !== undefined &&
      "a spot pool cannot surge: remove it",
  ),
];

/** AKS sets it itself; a program declares it so that it does not drift. */
const spotLabel = "kubernetes.azure.com/scalesetpriority";
const labelText = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

const labels: Rule = (pool) =>
  Object.entries((at(pool, "nodeLabels") ?? {}) as Inputs).flatMap(([key, value]) => {
    const [, prefix = "", name] = /^(?:(.*)\/)?(.*)$/.exec(key)!;
    const problem = (finding: string | false): Problem[] => wrong(joinPath("nodeLabels", key), finding);
    const isReserved = /(^|\.)(kubernetes\.azure\.com|kubernetes\.io|k8s\.io)$/.test(prefix);
    return [
      ...problem(
        key === spotLabel &&
          (!isSpot(pool) || value !== "spot") &&
          'AKS sets it, to "spot" on spot pools: give it there with that value, or not at all',
      ),
      ...problem(key !== spotLabel && isReserved && `the prefix ${prefix} is reserved`),
      ...problem(!labelText.test(name!) && "is no valid label name"),
      ...problem(
        typeof value === "string" &&
          value !== "" &&
          !labelText.test(value) &&
          `${JSON.stringify(value)} is no valid label value`,
      ),
    ];
  });

export const poolRules: readonly Rule[] = [
  ...sizes,
  ...counts,
  ...scaling,
  ...spot,
  between("maxPods", 10, 250),
  isSupported("orchestratorVersion"),
  refuseText(
    "availabilityZones",
    (zone) => !["1", "2", "3"].includes(zone) && `expected "1", "2" or "3", got ${JSON.stringify(zone)}`,
  ),
  labels,
  refuseText(
    "nodeTaints",
    (taint) =>
      !/^[\w./-]+=[\w.-]*:(NoSchedule|PreferNoSchedule|NoExecute)$/.test(taint) &&
      `expected key=value:Effect such as app=web:NoSchedule, got ${taint}`,
  ),
];

/** Every problem of the cluster's inline pools. */
export const inlinePoolRules: Rule = each("agentPoolProfiles", poolRules);

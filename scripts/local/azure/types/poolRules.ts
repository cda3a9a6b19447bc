// What AKS refuses of a node pool, inline in the cluster or as a resource of its own.
import { type Problem, at, isRecord, joinPath, listAt, numberAt, textAt } from "../problem.ts";
import { vmSize } from "../vmSizes.ts";

type PoolRule = (pool: unknown) => Problem[];

const isSpot = (pool: unknown): boolean => at(pool, "scaleSetPriority") === "Spot";
const isSystem = (pool: unknown): boolean => at(pool, "mode") === "System";
const scales = (pool: unknown): boolean => at(pool, "enableAutoScaling") === true;
const given = (pool: unknown, key: string): boolean => isRecord(pool) && pool[key] != null;

const spotIsUser: PoolRule = (pool) =>
  isSpot(pool) && isSystem(pool)
    ? [{ path: "mode", message: 'a spot pool cannot be a system pool: say "User"' }]
    : [];

const knownSize: PoolRule = (pool) => {
  const name = textAt(pool, "vmSize");
  if (name === undefined)
    return given(pool, "vmSize") ? [] : [{ path: "vmSize", message: "is missing, and required" }];
  return vmSize(name)
    ? []
    : [{ path: "vmSize", message: `no VM size ${name} is known, expected one such as Standard_D2as_v5` }];
};

const spotSize: PoolRule = (pool) => {
  const size = vmSize(textAt(pool, "vmSize") ?? "");
  return isSpot(pool) && size?.spot === false
    ? [
        {
          path: "vmSize",
          message: `${size.name} is not sold as Spot (no B-series is): take one such as Standard_D2as_v5`,
        },
      ]
    : [];
};

const systemSize: PoolRule = (pool) => {
  const size = vmSize(textAt(pool, "vmSize") ?? "");
  return isSystem(pool) && size && (size.cpus < 2 || size.memoryGiB < 4)
    ? [
        {
          path: "vmSize",
          message: `a system pool needs 2 vCPUs and 4 GiB at least, ${size.name} has ${size.cpus} and ${size.memoryGiB}`,
        },
      ]
    : [];
};

const bounds: PoolRule = (pool) => {
  const problems: Problem[] = [];
  const least = isSystem(pool) ? 1 : 0;
  for (const path of ["count", "minCount", "maxCount"]) {
    const value = numberAt(pool, path);
    const from = path === "maxCount" ? 1 : least;
    if (value !== undefined && (!Number.isInteger(value) || value < from || value > 1000)) {
      problems.push({ path, message: `expected a whole number from ${from} to 1000, got ${value}` });
    }
  }
  return problems;
};

const scaling: PoolRule = (pool) => {
  const [count, min, max] = ["count", "minCount", "maxCount"].map((path) => numberAt(pool, path));
  if (!scales(pool)) {
    return ["minCount", "maxCount"]
      .filter(
        (path) =>
          given(pool, path) && (!given(pool, "enableAutoScaling") || at(pool, "enableAutoScaling") === false),
      )
      .map((path) => ({ path, message: "is only for a pool with enableAutoScaling: true" }));
  }
  const problems: Problem[] = ["minCount", "maxCount"]
    .filter((path) => !given(pool, path))
    .map((path) => ({ path, message: "is missing, and required with enableAutoScaling" }));
  if (!given(pool, "count"))
    problems.push({ path: "count", message: "is missing; a pool that scales needs it to start with" });
  if (min !== undefined && max !== undefined && min > max) {
    problems.push({ path: "maxCount", message: `is ${max}, less than minCount ${min}` });
  } else if (
    count !== undefined &&
    ((min !== undefined && count < min) || (max !== undefined && count > max))
  ) {
    problems.push({ path: "count", message: `is ${count}, outside of minCount ${min} to maxCount ${max}` });
  }
  return problems;
};

const spotOnly: PoolRule = (pool) => {
  const problems: Problem[] = [];
  for (const path of ["scaleSetEvictionPolicy", "spotMaxPrice"]) {
    const isDefault = path === "spotMaxPrice" && at(pool, path) === -1;
    if (given(pool, path) && !isDefault && !isSpot(pool) && at(pool, "scaleSetPriority") !== undefined) {
      problems.push({ path, message: 'is only for a pool with scaleSetPriority: "Spot"' });
    }
  }
  const price = numberAt(pool, "spotMaxPrice");
  if (price !== undefined && price !== -1 && price <= 0) {
    problems.push({
      path: "spotMaxPrice",
      message: `expected -1 (up to the regular price) or a price in USD, got ${price}`,
    });
  }
  if (isSpot(pool) && at(pool, "upgradeSettings.maxSurge") !== undefined) {
    problems.push({ path: "upgradeSettings.maxSurge", message: "a spot pool cannot surge: remove it" });
  }
  return problems;
};

const podsPerNode: PoolRule = (pool) => {
  const value = numberAt(pool, "maxPods");
  return value !== undefined && (value < 10 || value > 250)
    ? [{ path: "maxPods", message: `expected 10 to 250, got ${value}` }]
    : [];
};

const zones: PoolRule = (pool) =>
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

/** Labels that AKS sets itself; a program declares this one so that it does not drift. */
const spotLabel = "kubernetes.azure.com/scalesetpriority";

const labels: PoolRule = (pool) => {
  const given = at(pool, "nodeLabels");
  if (!isRecord(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const path = joinPath("nodeLabels", key);
    const [, prefix, name] = /^(?:(.*)\/)?(.*)$/.exec(key)!;
    const problems: Problem[] = [];
    if (key === spotLabel && (!isSpot(pool) || value !== "spot")) {
      problems.push({
        path,
        message: 'AKS sets it, to "spot" on spot pools: give it there with that value, or not at all',
      });
    } else if (
      key !== spotLabel &&
      /(^|\.)(kubernetes\.azure\.com|kubernetes\.io|k8s\.io)$/.test(prefix ?? "")
    ) {
      problems.push({ path, message: `the prefix ${prefix} is reserved` });
    }
    if (!/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(name!))
      problems.push({ path, message: "is no valid label name" });
    if (typeof value === "string" && value !== "" && !/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(value)) {
      problems.push({ path, message: `${JSON.stringify(value)} is no valid label value` });
    }
    return problems;
  });
};

const taints: PoolRule = (pool) =>
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

const rules: readonly PoolRule[] = [
  spotIsUser,
  knownSize,
  spotSize,
  systemSize,
  bounds,
  scaling,
  spotOnly,
  podsPerNode,
  zones,
  labels,
  taints,
];

/** Every problem of one pool; `base` is where it stands, `agentPoolProfiles[0]` or empty. */
export function poolProblems(pool: unknown, base = ""): Problem[] {
  return rules
    .flatMap((rule) => rule(pool))
    .map(({ path, message }) => ({ path: base === "" ? path : `${base}.${path}`, message }));
}

// What a VM size is, derived from its name as Azure composes it, and what AKS leaves of it for pods.

export interface VmSize {
  name: string;
  cpus: number;
  memoryGiB: number;
  /** Azure sells it as Spot. */
  spot: boolean;
  arm64: boolean;
}

/** GiB of memory per vCPU, and the vCPU counts that are sold, by family letter. */
const families: Record<string, { memoryPerCpu: number; cpus: readonly number[] }> = {
  D: { memoryPerCpu: 4, cpus: [2, 4, 8, 16, 32, 48, 64, 96] },
  E: { memoryPerCpu: 8, cpus: [2, 4, 8, 16, 20, 32, 48, 64, 96] },
  F: { memoryPerCpu: 2, cpus: [2, 4, 8, 16, 32, 48, 64, 72] },
};

/** The first B-series has sizes of its own, [vCPU, GiB]. */
const firstBurstable: Record<string, readonly [number, number]> = {
  Standard_B1s: [1, 1],
  Standard_B1ms: [1, 2],
  Standard_B2s: [2, 4],
  Standard_B2ms: [2, 8],
  Standard_B4ms: [4, 16],
  Standard_B8ms: [8, 32],
};

/** Undefined for a name that is no size of the families above. */
export function vmSize(name: string): VmSize | undefined {
  const old = firstBurstable[name];
  if (old) return { name, cpus: old[0], memoryGiB: old[1], spot: false, arm64: false };
  // Standard_D2as_v5: family, vCPUs, features (a AMD, p ARM, l low memory, d local disk, s premium storage …), version.
  const match = /^Standard_([BDEF])(\d+)([a-z]*)_v([2-7])$/.exec(name);
  if (!match) return undefined;
  const [, letter, count, features] = match;
  const burstable = letter === "B";
  const family = families[burstable ? "D" : letter!]!;
  const cpus = Number(count);
  if (!family.cpus.includes(cpus)) return undefined;
  const lowMemory = features!.includes("l");
  return {
    name,
    cpus,
    memoryGiB: cpus * (lowMemory ? family.memoryPerCpu / 2 : family.memoryPerCpu),
    spot: !burstable,
    arm64: features!.includes("p"),
  };
}

export interface NodeSize {
  /** Millicores. */
  cpu: number;
  /** Bytes. */
  memory: number;
  /** Bytes. */
  ephemeralStorage: number;
  pods: number;
}

const GiB = 1024 ** 3;
const MiB = 1024 ** 2;

/**
 * Capacity of a node and what is left for pods after AKS's reservations (https://learn.microsoft.com/azure/aks/node-resource-reservations):
 * CPU by a table of cores; memory 100 MiB hard eviction and the lesser of 20 MiB per pod + 50 MiB and 25 %.
 */
export function nodeSize(
  size: VmSize,
  maxPods: number,
  osDiskGiB: number,
): { capacity: NodeSize; allocatable: NodeSize } {
  const capacity = {
    cpu: size.cpus * 1000,
    // The guest sees a little less than the size says: firmware and kernel take about 2.5 %.
    memory: Math.floor(size.memoryGiB * 0.975 * GiB),
    ephemeralStorage: osDiskGiB * GiB,
    pods: maxPods,
  };
  const reservedMemory = Math.min(20 * MiB * maxPods + 50 * MiB, capacity.memory / 4) + 100 * MiB;
  const allocatable = {
    cpu: capacity.cpu - reservedCpu(size.cpus),
    memory: Math.floor(capacity.memory - reservedMemory),
    ephemeralStorage: Math.floor(capacity.ephemeralStorage * 0.9), // the kubelet evicts below 10 % free
    pods: maxPods,
  };
  return { capacity, allocatable };
}

/** Millicores that AKS keeps for the kubelet and the system. */
function reservedCpu(cpus: number): number {
  const table: readonly [cores: number, millicores: number][] = [
    [1, 60],
    [2, 100],
    [4, 140],
    [8, 180],
    [16, 260],
    [32, 420],
  ];
  return table.find(([cores]) => cpus <= cores)?.[1] ?? 740;
}

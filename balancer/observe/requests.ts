// What the scheduler counts for a pod: its containers, the largest moment of its init containers, its overhead.
import type {
  V1Container,
  V1ContainerStatus,
  V1PodSpec,
  V1PodStatus,
  V1ResourceRequirements,
} from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Resources } from "../model.ts";
import { parseCpu, parseMemory } from "../kube/quantity.ts";
import { listOf } from "./shapes.ts";

type Spec = Json<V1PodSpec>;
type Statuses = Partial<
  Pick<Json<V1PodStatus>, "conditions" | "containerStatuses" | "initContainerStatuses">
> & { resize?: string } & Held;
/** What a node has given a container, or the pod as a whole (kubernetes/kubernetes#132919). */
type Held = Pick<Json<V1ContainerStatus>, "allocatedResources" | "resources">;

/** With ephemeral storage in it. */
type Amounts = Required<Resources>;

/**
 * As `k8s.io/component-helpers/resource.PodRequests`: sidecars (init containers that restart always) run beside the
 * init containers after them and beside the main ones; requests of the whole pod win over those of its containers.
 * @param status of a running pod: while it is resized, the larger of what was asked for and what it holds counts
 */
export function podRequests(spec: Spec, status: Statuses = {}): Resources {
  const held = heldBy(status);
  const ofContainers = atMost(spec, ({ name, resources }, runs) =>
    counted(requestsOf(resources), runs ? held?.get(name) : undefined, status),
  );
  const ofPod = podLevel(spec, ofContainers, status);
  const { cpu, memory, storage } = spec.overhead
    ? add(ofPod, { ...none, ...amountsOf(spec.overhead) })
    : ofPod;
  return storage > 0 ? { cpu, memory, storage } : { cpu, memory };
}

/** What a quota counts of its limits, in the same way; undefined: it has none. */
export function podLimits(spec: Spec): Resources | undefined {
  const ofContainers = atMost(spec, ({ resources }) => ({ ...none, ...amountsOf(resources?.limits) }));
  const { cpu, memory } = { ...ofContainers, ...amountsOf(spec.resources?.limits) };
  return cpu + memory > 0 ? { cpu, memory } : undefined;
}

/** @param of a container that runs beside others, or one that comes before them */
function atMost(spec: Spec, of: (container: Json<V1Container>, runs: boolean) => Amounts): Amounts {
  let sidecars = none;
  let initPeak = none;
  for (const container of listOf(spec.initContainers, "initContainers")) {
    const isSidecar = container.restartPolicy === "Always";
    const wanted = of(container, isSidecar);
    if (isSidecar) {
      sidecars = add(sidecars, wanted);
      initPeak = max(initPeak, sidecars);
    } else {
      initPeak = max(initPeak, add(sidecars, wanted));
    }
  }
  let running = sidecars;
  for (const container of listOf(spec.containers, "containers")) {
    running = add(running, of(container, true));
  }
  return max(running, initPeak);
}

/**
 * Requests of the whole pod, as the API server completes them (`pkg/apis/core/v1/defaults.go`, defaultPodRequests): a
 * limit is the request only where no container requests anything of it.
 */
function podLevel(spec: Spec, ofContainers: Amounts, status: Statuses): Amounts {
  if (!spec.resources) return ofContainers;
  const requests = amountsOf(spec.resources.requests);
  const limits = amountsOf(spec.resources.limits);
  const pick = (name: "cpu" | "memory") =>
    requests[name] ?? (ofContainers[name] > 0 ? ofContainers[name] : (limits[name] ?? 0));
  return counted({ ...ofContainers, cpu: pick("cpu"), memory: pick("memory") }, amountsHeld(status), status);
}

/** What is counted by its number on a node, such as a GPU, or claimed from a driver (`resourceClaims`). */
export function otherResources(spec: Spec): string[] {
  if (!asksForOthers(spec)) return [];
  const containers = [
    ...listOf(spec.initContainers, "initContainers"),
    ...listOf(spec.containers, "containers"),
  ];
  // Huge pages may be asked for by the pod as a whole (KEP-2837). Charts write `nvidia.com/gpu: 0` where nothing is asked for, and
  // the scheduler passes over it (kubernetes/kubernetes#105715, `pkg/scheduler/framework/plugins/noderesources/fit.go`).
  const names = [spec, ...containers]
    .flatMap(({ resources }) => Object.entries({ ...resources?.requests, ...resources?.limits }))
    .filter(([name, amount]) => !countedHere.includes(name) && parseMemory(amount) > 0)
    .map(([name]) => name);
  const claims = listOf(spec.resourceClaims, "resourceClaims").map(({ name }) => `claim ${name}`);
  return [...new Set([...names, ...claims])].sort();
}

/** Asked of every pod, and most ask for nothing of the sort. */
function asksForOthers(spec: Spec): boolean {
  const { initContainers, containers, resourceClaims } = spec;
  const asks = ({ resources }: Pick<Spec, "resources">) => {
    for (const name in resources?.requests) if (!countedHere.includes(name)) return true;
    for (const name in resources?.limits) if (!countedHere.includes(name)) return true;
    return false;
  };
  return (
    asks(spec) ||
    listOf(containers, "containers").some(asks) ||
    listOf(initContainers, "initContainers").some(asks) ||
    listOf(resourceClaims, "resourceClaims").length > 0
  );
}

const countedHere = ["cpu", "memory", "ephemeral-storage"];

/**
 * No request counts for more. Sums of some such, and what is left when they are taken off again, are exact (2^53), so
 * that nobody's absurd request leaves a trace in what others are told. A pebibyte, or a million million CPUs.
 */
export const largestRequest = 2 ** 50;

const none: Amounts = { cpu: 0, memory: 0, storage: 0 };

/** Elementwise. */
const max = (a: Amounts, b: Amounts): Amounts => ({
  cpu: Math.max(a.cpu, b.cpu),
  memory: Math.max(a.memory, b.memory),
  storage: Math.max(a.storage, b.storage),
});

const add = (a: Amounts, b: Amounts): Amounts => ({
  cpu: Math.min(largestRequest, a.cpu + b.cpu),
  memory: Math.min(largestRequest, a.memory + b.memory),
  storage: Math.min(largestRequest, a.storage + b.storage),
});

/** While it is resized, the larger; of what its node can never give it (kubernetes/kubernetes#122602), what it holds. */
function counted(wanted: Amounts, holds: Amounts | undefined, { conditions, resize }: Statuses): Amounts {
  if (!holds) return wanted;
  const isInfeasible =
    resize === "Infeasible" ||
    listOf(conditions, "conditions").some(
      ({ type, status, reason }) =>
        type === "PodResizePending" && status === "True" && reason === "Infeasible",
    );
  return isInfeasible ? { ...holds, storage: wanted.storage } : max(wanted, holds);
}

/**
 * By container: what the node has given it, where that is not what the spec asks for. The scheduler counts the larger
 * (kubernetes/enhancements, KEP-1287); a resize may wait for long.
 */
function heldBy({ containerStatuses, initContainerStatuses }: Statuses): Map<string, Amounts> | undefined {
  let held: Map<string, Amounts> | undefined;
  for (const statuses of [containerStatuses, initContainerStatuses]) {
    for (const container of listOf(statuses, "containerStatuses")) {
      const amounts = amountsHeld(container);
      if (amounts) (held ??= new Map()).set(container.name, amounts);
    }
  }
  return held;
}

function amountsHeld({ allocatedResources, resources }: Held): Amounts | undefined {
  if (!allocatedResources && !resources?.requests) return undefined;
  return max({ ...none, ...amountsOf(allocatedResources) }, { ...none, ...amountsOf(resources?.requests) });
}

/** A limit without a request is the request: the API server fills that in for pods, but not in templates. */
function requestsOf(resources: Json<V1ResourceRequirements> | undefined): Amounts {
  if (!resources) return none;
  return { ...none, ...amountsOf(resources.limits), ...amountsOf(resources.requests) };
}

function amountsOf(amounts: Readonly<Record<string, string>> | undefined): Partial<Amounts> {
  if (!amounts) return {};
  const { cpu, memory, "ephemeral-storage": storage } = amounts;
  return {
    ...(cpu !== undefined && { cpu: bounded(parseCpu(cpu)) }),
    ...(memory !== undefined && { memory: bounded(parseMemory(memory)) }),
    ...(storage !== undefined && { storage: bounded(parseMemory(storage)) }),
  };
}

const bounded = (amount: number) => Math.min(largestRequest, Math.max(0, amount));

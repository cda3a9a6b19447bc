// What the scheduler counts for a pod: its containers, the largest moment of its init containers, its overhead.
import type { V1Container, V1PodSpec, V1ResourceRequirements } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Resources } from "../model.ts";
import { parseCpu, parseMemory } from "../quantity.ts";

/**
 * As `k8s.io/component-helpers/resource.PodRequests`: sidecars (init containers that restart always) run beside the
 * init containers after them and beside the main ones; requests of the whole pod win over those of its containers.
 */
export function podRequests(spec: Json<V1PodSpec>): Resources {
  let sidecars = none;
  let initPeak = none;
  for (const container of spec.initContainers ?? []) {
    const wanted = containerRequests(container);
    if (container.restartPolicy === "Always") {
      sidecars = add(sidecars, wanted);
      initPeak = max(initPeak, sidecars);
    } else {
      initPeak = max(initPeak, add(sidecars, wanted));
    }
  }
  const running = (spec.containers ?? []).map(containerRequests).reduce(add, sidecars);
  const ofContainers = max(running, initPeak);
  const ofPod = spec.resources && requestsOf(spec.resources);
  const overhead = spec.overhead ? requestsOf({ requests: spec.overhead }) : undefined;
  return add(
    { cpu: ofPod?.cpu ?? ofContainers.cpu, memory: ofPod?.memory ?? ofContainers.memory },
    { cpu: overhead?.cpu ?? 0, memory: overhead?.memory ?? 0 },
  );
}

/** What is counted by its number on a node, such as a GPU, or claimed from a driver (`resourceClaims`). */
export function otherResources(spec: Json<V1PodSpec>): string[] {
  const names = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
    .flatMap(({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }))
    .filter((name) => !countedHere.includes(name));
  return [...new Set([...names, ...(spec.resourceClaims ?? []).map(({ name }) => `claim ${name}`)])].sort();
}

/** Scratch space is on every node, in amounts that pods hardly ever fill. */
const countedHere = ["cpu", "memory", "ephemeral-storage"];

/** Elementwise. */
const max = (a: Resources, b: Resources): Resources => ({
  cpu: Math.max(a.cpu, b.cpu),
  memory: Math.max(a.memory, b.memory),
});

const none: Resources = { cpu: 0, memory: 0 };

const add = (a: Resources, b: Resources): Resources => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });

function containerRequests(container: Json<V1Container>): Resources {
  const { cpu = 0, memory = 0 } = requestsOf(container.resources ?? {});
  return { cpu, memory };
}

/** A limit without a request is the request: the API server fills that in for pods, but not in templates. */
function requestsOf({ requests, limits }: Json<V1ResourceRequirements>): Partial<Resources> {
  const cpu = requests?.["cpu"] ?? limits?.["cpu"];
  const memory = requests?.["memory"] ?? limits?.["memory"];
  return {
    ...(cpu !== undefined && { cpu: parseCpu(cpu) }),
    ...(memory !== undefined && { memory: parseMemory(memory) }),
  };
}

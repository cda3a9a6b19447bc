// The order of deletion: whatever stands on a resource goes before it.
import { foundationsOf, type ResourceState, type Urn } from "./model.ts";

/**
 * Runs `remove` for every doomed resource, each as soon as everything that stands on it is gone, so that
 * independent ones go at the same time. What stands on a resource that failed stays, and is returned.
 * `remove` answers whether the resource is gone.
 */
export async function removeInOrder(
  doomed: readonly ResourceState[],
  remove: (resource: ResourceState) => Promise<boolean>,
): Promise<{ kept: ResourceState[] }> {
  const waiting = new Set(doomed);
  const kept = new Set<ResourceState>();
  const running = new Map<ResourceState, Promise<void>>();

  // Asked about every pair after every removal.
  const foundations = new Map(doomed.map((resource) => [resource, new Set(foundationsOf(resource))]));
  const blockedBy = ({ urn }: ResourceState): ResourceState | undefined =>
    [...waiting, ...running.keys(), ...kept].find((other) => foundations.get(other)?.has(urn));

  while (waiting.size || running.size) {
    const ready = [...waiting].filter((resource) => !blockedBy(resource));
    for (const resource of ready) {
      waiting.delete(resource);
      running.set(
        resource,
        remove(resource).then((gone) => {
          running.delete(resource);
          if (!gone) kept.add(resource);
        }),
      );
    }
    if (!running.size) {
      for (const resource of waiting) kept.add(resource);
      break;
    }
    await Promise.race(running.values());
  }
  return { kept: [...kept] };
}

/** Whether `resource` has to go before `other`. */
export const standsOn = (resource: ResourceState, other: ResourceState): boolean =>
  foundationsOf(resource).includes(other.urn);

/** Everything in `resources` that stands on `urn`, directly or through others, nearest first; no earlier copy of itself. */
export function dependentsOf(urn: Urn, resources: readonly ResourceState[]): ResourceState[] {
  const found: ResourceState[] = [];
  const urns = [urn];
  for (const current of urns) {
    for (const resource of resources) {
      if (found.includes(resource) || resource.urn === urn || !foundationsOf(resource).includes(current))
        continue;
      found.push(resource);
      urns.push(resource.urn);
    }
  }
  return found;
}

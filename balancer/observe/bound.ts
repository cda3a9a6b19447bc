// Workloads and pods with what their claims are bound to. Volumes are read only where somebody claims any.
import { rootCause } from "../failures.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Attachments, type Workload, workloadKey } from "../model.ts";
import { Claims, readClaims } from "./claims.ts";
import type { ObservedPod } from "./pods.ts";
import { readStorageClasses } from "./storageClasses.ts";
import { attachmentsOf, bindClaims } from "./volumes.ts";
import type { ObservedWorkload } from "./workloads.ts";

export async function bindVolumes(
  client: KubeClient,
  observed: ObservedWorkload[],
  pods: ObservedPod[],
): Promise<{ workloads: Workload[]; drivers: ReadonlySet<string> }> {
  const claiming = pods.filter(({ claimNames }) => claimNames.length > 0);
  const isNeeded =
    claiming.length > 0 ||
    observed.some(({ claims: { shared, perReplica } }) => shared.length + perReplica.length > 0);
  const isMade = observed.some(({ claims: { fresh = [] } }) => fresh.length > 0);
  const [claims, classes] = await Promise.all([
    isNeeded || isMade ? readClaims(client) : new Claims(),
    isMade ? readStorageClasses(client) : undefined,
  ]);
  const ofPods = new Map<string, { drivers: Set<string>; attachments?: Attachments }>();
  for (const { pod, claimNames, drivers } of pods) {
    if (claimNames.length + drivers.length === 0) continue;
    const attachments = attachmentsOf(claimNames.flatMap((name) => claims.named(pod.namespace, name) ?? []));
    if (attachments) pod.attachments = attachments;
    if (pod.workload === undefined) continue;
    const known = ofPods.get(pod.workload) ?? { drivers: new Set() };
    ofPods.set(pod.workload, known);
    for (const driver of [...drivers, ...(attachments?.keys() ?? [])]) known.drivers.add(driver);
    known.attachments ??= attachments;
  }
  const workloads = observed.map(({ workload, claims: names }): Workload => {
    const { drivers, attachments } = ofPods.get(workloadKey(workload)) ?? {};
    if (!drivers && names.shared.length + names.perReplica.length === 0 && !names.fresh) return workload;
    try {
      const volumes = {
        // The next pod makes claims as this one did (generic ephemeral volumes), and its template names none of them.
        ...(attachments && { attachments }),
        ...bindClaims(workload, names, claims, classes),
        ...(drivers && drivers.size > 0 && { drivers: [...drivers].sort() }),
      };
      return { ...workload, template: { ...workload.template, volumes } };
    } catch (error) {
      return { ...workload, fault: rootCause(error) };
    }
  });
  const drivers = new Set(
    workloads.flatMap(({ template: { volumes } }) => [
      ...(volumes.drivers ?? []),
      ...(volumes.attachments?.keys() ?? []),
    ]),
  );
  return { workloads, drivers };
}

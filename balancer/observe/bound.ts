// Workloads and pods with what their claims are bound to. Volumes are read only where somebody claims any.
import { rootCause } from "../failures.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Workload } from "../model.ts";
import { Claims, readClaims } from "./claims.ts";
import type { ObservedPod } from "./pods.ts";
import { attachmentsOf, bindClaims } from "./volumes.ts";
import type { ObservedWorkload } from "./workloads.ts";

export async function bindVolumes(
  client: KubeClient,
  observed: ObservedWorkload[],
  pods: ObservedPod[],
): Promise<{ workloads: Workload[]; attaches: boolean }> {
  const claiming = pods.filter(({ claimNames }) => claimNames.length > 0);
  const isNeeded =
    claiming.length > 0 ||
    observed.some(({ claims: { shared, perReplica } }) => shared.length + perReplica.length > 0);
  const claims = isNeeded ? await readClaims(client) : new Claims();
  let attaches = false; // something that a driver may count
  for (const { pod, claimNames } of claiming) {
    const attachments = attachmentsOf(claimNames.flatMap((name) => claims.named(pod.namespace, name) ?? []));
    if (!attachments) continue;
    pod.attachments = attachments;
    attaches = true;
  }
  const workloads = observed.map(({ workload, claims: names }): Workload => {
    if (names.shared.length + names.perReplica.length === 0) return workload;
    try {
      const volumes = bindClaims(workload, names, claims);
      attaches ||= volumes.attachments !== undefined;
      return { ...workload, template: { ...workload.template, volumes } };
    } catch (error) {
      return { ...workload, fault: rootCause(error) };
    }
  });
  return { workloads, attaches };
}

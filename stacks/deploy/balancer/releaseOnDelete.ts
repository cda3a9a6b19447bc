// The balancer's own end, for ways to install it that delete it object by object and wait: its watcher takes everything back.
import type { V1Deployment, V1Role } from "@kubernetes/client-node";
import type { Manifest } from "../manifests.ts";

const watcher = "spot-balancer-watch";

/**
 * Seconds: so long Pulumi's Kubernetes provider waits for a deletion, which it asks for in the foreground, so that pods go
 * before their Deployment: `pulumi.com/timeoutSeconds` and `pulumi.com/deletionPropagationPolicy` in
 * https://www.pulumi.com/registry/packages/kubernetes/
 */
const grace = 600;

/** The flag, the time, and the right to see that its Deployment is deleted. */
export function releasesOnDelete(manifest: Manifest): Manifest {
  const { kind, metadata } = manifest;
  const changed = structuredClone(manifest);
  if (kind === "Deployment" && metadata.name === watcher) {
    const pod = (changed as unknown as V1Deployment).spec!.template.spec!;
    pod.terminationGracePeriodSeconds = grace;
    pod.containers[0]!.args!.push(`--release-on-delete=${watcher}`);
  }
  if (kind === "Role" && metadata.name === "spot-balancer-state")
    (changed as unknown as V1Role).rules!.push({
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: [watcher],
      verbs: ["get"],
    });
  return changed;
}

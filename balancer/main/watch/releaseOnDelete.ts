// The watcher's last task, where it is told to: once its own Deployment is deleted, everything of ours is taken back.
import { unlessStatus } from "../../kube/apiError.ts";
import { type ClusterAccess, connect } from "../../kube/client.ts";
import type { Policy } from "../../policy.ts";
import { runRelease } from "../release.ts";

/** Seconds. The pod has ten minutes (stacks/deploy/balancer/releaseOnDelete.ts). */
const deadline = 540;

export interface LastTask {
  /** Of the watcher's own pod. */
  deployment: string;
  /** Of Lease, state and Deployment. */
  namespace: string;
  dryRun: boolean;
  policy: Policy;
}

/**
 * Only at the end of the watcher: a pod that is replaced, or whose node is drained, releases nothing.
 * @returns the exit code
 */
export async function releaseIfDeleted(
  config: ClusterAccess,
  { deployment, namespace, dryRun, policy }: LastTask,
): Promise<number | undefined> {
  const signal = AbortSignal.timeout(deadline * 1000);
  if (!(await isDeleted(config, `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`, signal)))
    return undefined;
  return runRelease({ namespace, policy, dryRun, deadline, output: "text" }, config, signal);
}

/** A deletion that waits for the pods leaves the object there, with its time; one that does not has taken it away. */
async function isDeleted(config: ClusterAccess, path: string, signal: AbortSignal): Promise<boolean> {
  const client = connect(config, { signal });
  try {
    const answer = client.send<{ metadata: { deletionTimestamp?: string } }>({ path });
    const live = await unlessStatus(answer, 404);
    return !live || live.metadata.deletionTimestamp !== undefined;
  } finally {
    await client.close();
  }
}

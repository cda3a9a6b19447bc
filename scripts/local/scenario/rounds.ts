// Extra rounds of the balancer: a Job made from its CronJob, as `kubectl create job --from=cronjob/…` does.
import { BatchV1Api, type KubeConfig, type V1Job } from "@kubernetes/client-node";

const namespace = "monitoring";
const cronJobName = "spot-balancer";

const isActive = ({ status }: V1Job): boolean => !status?.succeeded && !status?.failed;

/**
 * Asks for a round now, unless one is under way: the CronJob's minute is long for somebody who watches.
 * @returns the name of the new Job, or undefined when a round is under way
 */
export async function requestRound(config: KubeConfig, now: number): Promise<string | undefined> {
  const batch = config.makeApiClient(BatchV1Api);
  const labelSelector = "app=spot-balancer";
  const { items } = await batch.listNamespacedJob({ namespace, labelSelector });
  if (items.some(isActive)) return undefined;
  const cronJob = await batch.readNamespacedCronJob({ name: cronJobName, namespace });
  const { metadata, spec } = cronJob.spec?.jobTemplate ?? {};
  const job = await batch.createNamespacedJob({
    namespace,
    body: {
      metadata: {
        ...metadata,
        name: `${cronJobName}-extra-${Math.floor(now / 1000)}`,
        labels: { ...metadata?.labels, app: "spot-balancer" },
        annotations: { ...metadata?.annotations, "cronjob.kubernetes.io/instantiate": "manual" },
        ownerReferences: [
          { apiVersion: "batch/v1", kind: "CronJob", name: cronJobName, uid: cronJob.metadata?.uid ?? "" },
        ],
      },
      spec,
    },
  });
  return job.metadata?.name;
}

// Extra rounds of the balancer: a Job made from its CronJob, as `kubectl create job --from=cronjob/…` does.
import { BatchV1Api, type KubeConfig, type V1Job } from "@kubernetes/client-node";

const namespace = "monitoring";
const cronJobName = "spot-balancer";

const isActive = ({ status }: V1Job): boolean => !status?.succeeded && !status?.failed;

/** A round sees nothing new before Prometheus has scraped twice more, ms. */
const spacing = 10_000;

/**
 * Asks for a round now: the CronJob's minute is long for somebody who watches.
 * @returns the name of the new Job, or undefined when a round is under way, or was only just
 */
export async function requestRound(config: KubeConfig, now: number): Promise<string | undefined> {
  const batch = config.makeApiClient(BatchV1Api);
  const labelSelector = "app=spot-balancer";
  const { items } = await batch.listNamespacedJob({ namespace, labelSelector });
  const newest = Math.max(0, ...items.map(({ metadata }) => metadata?.creationTimestamp?.getTime() ?? 0));
  if (items.some(isActive) || now - newest < spacing) return undefined;
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
          // As its controller the CronJob also tidies the finished ones away.
          {
            apiVersion: "batch/v1",
            kind: "CronJob",
            name: cronJobName,
            uid: cronJob.metadata?.uid ?? "",
            controller: true,
          },
        ],
      },
      spec,
    },
  });
  return job.metadata?.name;
}

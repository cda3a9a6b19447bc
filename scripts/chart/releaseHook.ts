// The Job that takes every placement back before the chart goes: a round's pod, with another task.
import type { V1CronJob, V1Job } from "@kubernetes/client-node";
import type { Manifest } from "../../stacks/deploy/manifests.ts";
import { loginVolume } from "../../stacks/deploy/balancer/prometheusLogin.ts";
import { podSpecOf } from "../../stacks/deploy/podSpec.ts";

/** Seconds: workloads are released as fast as the API server answers. */
const deadline = 600;

/** Flags of a round that a release has no use for. */
const ofRounds = /^--(prometheus|prometheus-config|policy|output)=/;

export function releaseHook(objects: readonly Manifest[]): Manifest {
  const cronJob = objects.find(({ kind }) => kind === "CronJob");
  if (!cronJob) throw new Error("expected a CronJob among the balancer's objects");
  const { metadata, spec } = structuredClone(cronJob) as unknown as V1CronJob;
  const job: V1Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "spot-balancer-release",
      namespace: metadata!.namespace!,
      labels: metadata!.labels!,
      annotations: {
        "helm.sh/hook": "pre-delete",
        "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
      },
    },
    spec: { ...spec.jobTemplate.spec!, activeDeadlineSeconds: deadline, backoffLimit: 2 },
  };
  const manifest = job as unknown as Manifest;
  const pod = podSpecOf(manifest);
  const [container] = pod.containers;
  if (!container?.args) throw new Error("expected a container with arguments in the CronJob");
  container.args = [...container.args.filter((argument) => !ofRounds.test(argument)), "--release", `--deadline=${deadline - 60}`]; // prettier-ignore
  // A Secret that somebody has deleted already would hold the Job, and with it `helm uninstall`.
  pod.volumes = pod.volumes?.filter(({ name }) => name !== loginVolume.name) ?? [];
  container.volumeMounts = container.volumeMounts?.filter(({ name }) => name !== loginVolume.name) ?? [];
  return manifest;
}

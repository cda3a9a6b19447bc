// How the balancer logs in to its Prometheus: a Secret with the file of `--prometheus-config`, and Azure's workload identity.
// Only the Secret's name is known here. Whoever installs the balancer makes it, and nobody reads it but the kubelet.
import type { V1PodSpec, V1PodTemplateSpec } from "@kubernetes/client-node";
import type { Manifest } from "../manifests.ts";
import { podTemplateOf } from "../podSpec.ts";

export interface PrometheusLogin {
  prometheusSecretName?: string | undefined;
  azureClientId?: string | undefined;
}

/** Not below the policy's folder: that one is a read-only mount itself. */
export const loginVolume = { name: "prometheus-login", mountPath: "/etc/spot-balancer-prometheus" };
export const loginFlag = `--prometheus-config=${loginVolume.mountPath}/config.yaml`;

/** By these AKS' webhook knows whom to give a token: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html */
export const azure = {
  podLabel: "azure.workload.identity/use",
  accountAnnotation: "azure.workload.identity/client-id",
};

/** In what asks Prometheus, and in the account that it runs as. */
export function logIn(manifest: Manifest, login: PrometheusLogin): Manifest {
  const { kind, metadata } = manifest;
  const { prometheusSecretName: secret, azureClientId: clientId } = login;
  if (kind === "ServiceAccount" && metadata.name === "spot-balancer" && clientId !== undefined) {
    const annotations = { ...metadata.annotations, [azure.accountAnnotation]: clientId };
    return { ...manifest, metadata: { ...metadata, annotations } };
  }
  if (!["CronJob", "Deployment"].includes(kind)) return manifest;
  const changed = structuredClone(manifest);
  const template = podTemplateOf(changed);
  if (!asksPrometheus(template.spec)) return manifest;
  if (secret !== undefined) useLogin(template.spec, secret);
  if (clientId !== undefined) labelForAzure(template);
  return changed;
}

const isUrlFlag = (argument: string): boolean => argument.startsWith("--prometheus=");

const asksPrometheus = (pod: V1PodSpec | undefined): pod is V1PodSpec =>
  pod?.containers[0]?.args?.some(isUrlFlag) ?? false;

function useLogin(pod: V1PodSpec, secretName: string): void {
  const container = pod.containers[0]!;
  const { name, mountPath } = loginVolume;
  container.args = container.args!.flatMap((each) => (isUrlFlag(each) ? [each, loginFlag] : [each]));
  container.volumeMounts = [...(container.volumeMounts ?? []), { name, mountPath, readOnly: true }];
  pod.volumes = [...(pod.volumes ?? []), { name, secret: { secretName } }];
}

function labelForAzure(template: V1PodTemplateSpec): void {
  const labels = { ...template.metadata?.labels, [azure.podLabel]: "true" };
  template.metadata = { ...template.metadata, labels };
}

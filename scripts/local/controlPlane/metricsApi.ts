// The metrics API (`kubectl top`, HPAs): registered as an extension of the API server, served by a local process.
import { KubernetesObjectApi, PatchStrategy, type KubernetesObject } from "@kubernetes/client-node";
import { loadKubeConfig } from "../kube.ts";

/** Makes the API server forward `metrics.k8s.io` to metrics-server on this loopback port. Repeatable. */
export async function registerMetricsApi(kubeconfig: string, port: number, authority: string): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(loadKubeConfig(kubeconfig));
  for (const object of [service(port), apiService(port, authority)]) {
    await api.patch(object, undefined, undefined, "spot-balancer-local", true, PatchStrategy.ServerSideApply);
  }
}

/** The API server resolves a Service of this type by its name alone, and an address is a valid name. */
const service = (port: number): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "metrics-server", namespace: "kube-system" },
  ...{ spec: { type: "ExternalName", externalName: "127.0.0.1", ports: [{ name: "https", port }] } },
});

const apiService = (port: number, authority: string): KubernetesObject => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: "v1beta1.metrics.k8s.io" },
  ...{
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { name: "metrics-server", namespace: "kube-system", port },
      caBundle: Buffer.from(authority).toString("base64"),
    },
  },
});

// The API server as a kubelet talks to it: patches are strategic merges, and nothing is sent twice, as whoever asks tries
// again by itself.
import type { KubeClient, KubeRequest } from "../../../balancer/kube/client.ts";

export type Method = NonNullable<KubeRequest["method"]>;

export interface Api {
  /** @throws ApiError when refused, UnreachableError when no usable answer came */
  request<T = unknown>(method: Method, path: string, body?: unknown): Promise<T>;
}

export const kubeletApi = (client: KubeClient): Api => ({
  request: (method, path, body) =>
    client.send({
      ...{ method, path, body, retries: 0, timeoutMs: 15_000 },
      ...(method === "PATCH" && { contentType: "application/strategic-merge-patch+json" }),
    }),
});

/** Of all pods bound to the node. */
export const podsOfNode = (nodeName: string): { fieldSelector: string } => ({
  fieldSelector: `spec.nodeName=${nodeName}`,
});

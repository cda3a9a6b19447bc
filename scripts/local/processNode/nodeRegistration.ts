// Keeps the Node object there, as described, and alive: created or updated at the start, its Lease renewed and
// its status reported again and again.
import type { V1Node, V1PodList } from "@kubernetes/client-node";
import { isConflict, isNotFound, orMissing } from "../kube.ts";
import { repeat } from "../repeat.ts";
import { type Api, podsOfNode } from "./api.ts";
import { leaseSeconds, nodeLease, nodeObject, nodeStatus, type NodeDescription } from "./nodeObject.ts";

const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

/** Creates the Node, or brings the one that is there to the description. Returns its uid. */
async function register(api: Api, description: NodeDescription, since: Date): Promise<string> {
  const path = `/api/v1/nodes/${description.name}`;
  let present = await orMissing(api.request<V1Node>("GET", path));
  if (present === undefined) {
    try {
      present = await api.request<V1Node>("POST", "/api/v1/nodes", nodeObject(description));
    } catch (error) {
      if (!isConflict(error)) throw error;
      present = await api.request<V1Node>("GET", path);
    }
  } else {
    const { metadata, spec } = nodeObject(description, present.spec?.taints);
    await api.request("PATCH", path, { metadata, spec });
  }
  await reportStatus(api, description, since);
  return present.metadata?.uid ?? "";
}

async function reportStatus(api: Api, description: NodeDescription, since: Date): Promise<void> {
  const status = nodeStatus(description, since, new Date());
  const addresses = [...(status?.addresses ?? []), { $patch: "replace" }];
  await api.request("PATCH", `/api/v1/nodes/${description.name}/status`, {
    status: { ...status, addresses },
  });
}

async function renew(api: Api, name: string, uid: string): Promise<void> {
  const lease = nodeLease(name, uid, new Date());
  try {
    await api.request("PATCH", `${leases}/${name}`, { metadata: lease.metadata, spec: lease.spec });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await api.request("POST", leases, lease);
  }
}

/** Registers the node; the promise resolves when it is ready. Heart beats go on until the signal aborts. */
export async function keepNode(
  api: Api,
  description: NodeDescription,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  const since = new Date();
  let uid = await register(api, description, since);
  const beat = async (): Promise<void> => {
    await renew(api, description.name, uid);
    await reportStatus(api, description, since).catch(async (error: unknown) => {
      if (!isNotFound(error)) throw error;
      uid = await register(api, description, since); // somebody deleted the Node while its pods run
    });
  };
  void repeat("heart beat", leaseSeconds.renewal * 1000, beat, log, signal);
}

/** Removes the Node object and, at once, the objects of all pods bound to it. */
export async function removeNode(api: Api, name: string): Promise<void> {
  await orMissing(api.request("DELETE", `/api/v1/nodes/${name}`));
  const query = new URLSearchParams(podsOfNode(name));
  // Kubernetes' own garbage collection would come to that only after 40 s.
  const { items } = await api.request<V1PodList>("GET", `/api/v1/pods?${query.toString()}`);
  for (const { metadata } of items) {
    const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata?.uid } };
    await orMissing(
      api.request("DELETE", `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}`, body),
    );
  }
}

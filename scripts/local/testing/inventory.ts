// For cluster tests: every object that a cluster has, of every kind that can be listed.
import type { KubeConfig } from "@kubernetes/client-node";
import { openApi } from "../engine/providers/kubernetes/api.ts";
import { listAt, textAt, valueAt } from "../engine/providers/kubernetes/objects.ts";
import type { Properties } from "../engine/values.ts";

/** What comes and goes with machines and with time, whoever asks. */
const passing = new Set(["Event", "Lease", "Node", "CSINode", "NodeMetrics", "PodMetrics", "IPAddress"]);
/** In namespaces of Kubernetes itself: the autoscaler's word on its pools. */
const passingNames = new Set(["ConfigMap kube-system/cluster-autoscaler-status"]);

/** `Deployment banking/ledger`, `ClusterRole gateway`; sorted. */
export async function listObjects(config: KubeConfig): Promise<string[]> {
  const api = openApi(config);
  try {
    const groups = listAt(await api.request("GET", "/apis"), "groups");
    const versions = groups.map((group) => `/apis/${textAt(group, "preferredVersion", "groupVersion")}`);
    const found = await Promise.all(
      ["/api/v1", ...versions].map(async (root) => {
        const kinds = listAt(await api.request("GET", root), "resources").filter(isCounted);
        const lists = await Promise.all(
          kinds.map(async (kind) => {
            const list = await api.request("GET", `${root}/${textAt(kind, "name")}`);
            return listAt(list, "items").map((object) => nameOf(textAt(kind, "kind") ?? "", object));
          }),
        );
        return lists.flat();
      }),
    );
    return [...new Set(found.flat())].filter((name) => !passingNames.has(name)).sort();
  } finally {
    api.close();
  }
}

function isCounted(kind: Properties): boolean {
  const verbs = valueAt(kind, "verbs");
  return Array.isArray(verbs) && verbs.includes("list") && !passing.has(textAt(kind, "kind") ?? "");
}

function nameOf(kind: string, object: Properties): string {
  const namespace = textAt(object, "metadata", "namespace");
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${textAt(object, "metadata", "name")}`;
}

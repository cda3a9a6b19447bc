// Network policies speak of our own proxy. Where the cluster has another controller, its proxies take that place.
import type { V1NetworkPolicyPeer } from "@kubernetes/client-node";
import type { DeployConfig } from "../config/deploy.ts";
import type { Manifest } from "./manifests.ts";
import { adapt } from "./manifests.ts";

/** As manifests have it; client-node's type says `_from`. */
interface Policy extends Manifest {
  spec: {
    ingress?: { from?: V1NetworkPolicyPeer[] }[];
    egress?: { to?: V1NetworkPolicyPeer[]; ports?: unknown[] }[];
  };
}

type Controller = DeployConfig["gateway"]["controller"];

const namespaceLabel = "kubernetes.io/metadata.name";

const isProxy = ({ namespaceSelector }: V1NetworkPolicyPeer): boolean =>
  namespaceSelector?.matchLabels?.[namespaceLabel] === "gateway";

/** Opens backend and frontend to the controller's namespace in place of ours; at which ports its pods listen is its own. */
export function letProxiesIn(manifests: readonly Manifest[], controller: Controller): readonly Manifest[] {
  if (!controller) return manifests;
  const proxies = { namespaceSelector: { matchLabels: { [namespaceLabel]: controller.namespace } } };
  return adapt<Policy>(manifests, "NetworkPolicy", ({ spec: { ingress = [], egress = [] } }) => {
    for (const rule of ingress) if (rule.from?.some(isProxy)) rule.from = [proxies];
    for (const rule of egress)
      if (rule.to?.some(isProxy)) {
        rule.to = [proxies];
        delete rule.ports;
      }
  });
}

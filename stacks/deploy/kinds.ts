// Kinds of objects, as far as the stack changes them, where client-node has no type or spells it otherwise.
import type { V1NetworkPolicyPeer } from "@kubernetes/client-node";
import type { Manifest } from "./manifests.ts";

/** Of the Gateway API. */
export interface Gateway extends Manifest {
  spec: { gatewayClassName: string; listeners: { port: number }[] };
}

/** Of the Gateway API. */
export interface HttpRoute {
  spec: {
    parentRefs: { sectionName: string }[];
    hostnames?: string[];
    rules: { backendRefs: { name: string; weight: number }[] }[];
  };
}

/** As manifests have it; client-node's type says `_from`. */
export interface NetworkPolicy extends Manifest {
  spec: {
    ingress?: { from?: V1NetworkPolicyPeer[] }[];
    egress?: { to?: V1NetworkPolicyPeer[]; ports?: { protocol?: string; port?: number | string }[] }[];
  };
}

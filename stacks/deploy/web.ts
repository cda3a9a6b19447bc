// What stands behind the gateway, backend and frontend, has in common: its program, its nodes, its way to the gateway.
import type { V1NetworkPolicyPeer } from "@kubernetes/client-node";
import type { Changes } from "./changedManifests.ts";
import type { Context } from "./context.ts";
import type { HttpRoute, NetworkPolicy } from "./kinds.ts";
import type { Manifest } from "./manifests.ts";
import { runProgram, type Program } from "./program.ts";
import { deployWorkload } from "./workload.ts";

interface WebWorkload extends Changes {
  program: Program;
  /** What its pods mount or read, beside the program. */
  belongings?: readonly Manifest[];
}

/** @param name folder in k8s/, and the namespace */
export async function deployWeb(
  context: Context,
  name: "backend" | "frontend",
  { program, belongings = [], pod: changePod, objects = {} }: WebWorkload,
): Promise<void> {
  const { controller, host } = context.config.gateway;
  const runnable = await runProgram(
    { name: `${name}-program`, namespace: name, labels: { app: name } },
    program,
  );
  deployWorkload(context, name, {
    belongings: [...runnable.belongings, ...belongings],
    pod(pod) {
      context.onAppNodes(pod);
      changePod?.(pod);
      runnable.runIn(pod);
    },
    objects: {
      HTTPRoute(route) {
        joinGateway(route, host);
        objects.HTTPRoute?.(route);
      },
      NetworkPolicy(policy) {
        if (controller) letProxiesIn(policy, controller.namespace);
        objects.NetworkPolicy?.(policy);
      },
    },
  });
}

/** With a host the route answers there alone, by HTTPS. */
function joinGateway({ spec }: HttpRoute, host: string | undefined): void {
  if (host === undefined) return;
  spec.hostnames = [host];
  for (const parent of spec.parentRefs) parent.sectionName = "https";
}

const namespaceLabel = "kubernetes.io/metadata.name";

const isProxy = ({ namespaceSelector }: V1NetworkPolicyPeer): boolean =>
  namespaceSelector?.matchLabels?.[namespaceLabel] === "gateway";

/** Opens to another controller's namespace in place of our proxy's; at which ports its pods listen is its own. */
function letProxiesIn({ spec: { ingress = [], egress = [] } }: NetworkPolicy, namespace: string): void {
  const proxies = { namespaceSelector: { matchLabels: { [namespaceLabel]: namespace } } };
  for (const rule of ingress) if (rule.from?.some(isProxy)) rule.from = [proxies];
  for (const rule of egress) {
    if (!rule.to?.some(isProxy)) continue;
    rule.to = [proxies];
    delete rule.ports;
  }
}

// What is done where nobody has written a policy yet: looks at the cluster, and takes what it is for the policy.
import type { Policy } from "../policy.ts";
import { type ClusterAccess, connect } from "../kube/client.ts";
import { listAll } from "../kube/list.ts";
import { readNamespace } from "../observe/budgets.ts";
import { guarded } from "../observe/guard.ts";
import { readNode, unreadableNode } from "../observe/nodes.ts";
import { type OptedIn, optedIn } from "../policy/optedIn.ts";
import { printable } from "../printable.ts";

/** Nodes and namespaces, read once. */
export async function lookAt(config: ClusterAccess, signal: AbortSignal) {
  const client = connect(config, { signal });
  try {
    const [nodes, namespaces] = await Promise.all([
      listAll(client, "/api/v1/nodes", guarded(readNode, unreadableNode)),
      listAll(client, "/api/v1/namespaces", readNamespace),
    ]);
    return { nodes, namespaces };
  } finally {
    await client.close();
  }
}

/** Judges every namespace as if it were listed, and says so on stderr. For a dry run only. */
export async function assumedPolicy(
  config: ClusterAccess,
  only: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Policy> {
  const assumed = optedIn(await lookAt(config, signal), only);
  process.stderr.write(`${printable(describe(assumed))}\n`);
  return assumed.policy;
}

function describe({ preset, namespaces, leftOut }: OptedIn): string {
  const judged = namespaces.length === 0 ? "no namespace" : namespaces.join(", ");
  return [
    `No --policy: judged as if it listed ${judged}${leftOut.length > 0 ? `; those of the cluster itself are left out (${leftOut.join(", ")})` : ""}.`,
    preset
      ? `Nodes are told by the labels of ${preset}.`
      : "The nodes have no labels of AKS, EKS, GKE or Karpenter: nodes are spot by kubernetes.azure.com/scalesetpriority=spot, all others regular. `--init` proposes a policy.",
  ].join("\n");
}

// Looks at a cluster that this project did not make, before anything is created in it.
import type { KubeConfig } from "@kubernetes/client-node";
import { log, RunError, runtime } from "@pulumi/pulumi";
import type { NodeLabels } from "../nodeLabels.ts";

/** What the stack cannot bring along itself. */
const neededGroups = [
  {
    group: "metrics.k8s.io",
    problem:
      "it has no metrics API (metrics.k8s.io), which autoscalers of pods need: " +
      "install metrics-server, https://github.com/kubernetes-sigs/metrics-server",
  },
  {
    group: "gateway.networking.k8s.io",
    problem:
      "it has no Gateway API (gateway.networking.k8s.io), which routes need: " +
      "install its standard channel, https://gateway-api.sigs.k8s.io/guides",
  },
];

type Role = "system" | "regular" | "spot";

export interface ClusterFacts {
  /** API groups that it serves. */
  groups: string[];
  /** Whether a node has the labels. */
  hasNode: Record<Role, boolean>;
  storageClasses: string[];
}

export interface Wanted {
  nodeLabels: Record<Role, NodeLabels>;
  /** By name; omitted: the cluster's default. */
  storageClass?: string | undefined;
}

export interface Findings {
  /** Nothing can be deployed. */
  problems: string[];
  /** It works, but not all of it, or not yet. */
  warnings: string[];
}

export function examine(facts: ClusterFacts, { nodeLabels, storageClass }: Wanted): Findings {
  const problems = neededGroups
    .filter(({ group }) => !facts.groups.includes(group))
    .map(({ problem }) => problem);
  if (storageClass !== undefined && !facts.storageClasses.includes(storageClass)) {
    const there = facts.storageClasses.join(", ") || "none";
    problems.push(`it has no storage class ${storageClass}: expected one of those it has (${there})`);
  }
  const without = (role: Role, meaning: string) =>
    facts.hasNode[role]
      ? []
      : [`no node has the labels of ${role}NodeLabels (${show(nodeLabels[role])}): ${meaning}`];
  return {
    problems,
    warnings: [
      ...without("system", "Prometheus and the balancer wait until there is one"),
      ...without("regular", "the balancer knows no place to bring work back to, and moves nothing"),
      ...(Object.keys(nodeLabels.spot).length === 0
        ? ["spotNodeLabels is empty, so there is no spot pool: the balancer says so and moves nothing"]
        : without("spot", "the balancer moves nothing until there is one")),
    ],
  };
}

const show = (labels: NodeLabels) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/**
 * Warns of what will not work. A preview goes on when the cluster does not answer: it may well be made later.
 * @throws RunError with everything that is missing
 */
export async function checkCluster(kubeconfig: string, wanted: Wanted): Promise<void> {
  const facts = await readFacts(kubeconfig, wanted.nodeLabels).catch((error: unknown) => {
    const message = `The cluster of \`kubeconfig\` cannot be asked what it has: ${reasonOf(error)}`;
    if (!runtime.isDryRun()) throw new RunError(message);
    return log.warn(message);
  });
  if (!facts) return;
  const { problems, warnings } = examine(facts, wanted);
  for (const warning of warnings) void log.warn(`In the cluster of \`kubeconfig\` ${warning}`);
  if (problems.length > 0) {
    const list = problems.map((problem) => `\n- ${problem}`).join("");
    throw new RunError(
      `The cluster of \`kubeconfig\` cannot take this stack, and nothing was created:${list}`,
    );
  }
}

/** Longer than any API server needs, short enough for a preview, ms. */
const patience = 5_000;

async function readFacts(text: string, labels: Wanted["nodeLabels"]): Promise<ClusterFacts> {
  // Costs half a second, which only stacks with a kubeconfig of their own pay.
  const client = await import("@kubernetes/client-node");
  const config: KubeConfig = new client.KubeConfig();
  config.loadFromString(text);
  const core = config.makeApiClient(client.CoreV1Api);
  const hasNode = async (role: Role) =>
    (await core.listNode({ labelSelector: show(labels[role]), limit: 1 })).items.length > 0;
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience).unref();
  });
  const [groups, classes, system, regular, spot] = await Promise.race([
    Promise.all([
      config.makeApiClient(client.ApisApi).getAPIVersions(),
      config.makeApiClient(client.StorageV1Api).listStorageClass(),
      ...([hasNode("system"), hasNode("regular"), hasNode("spot")] as const),
    ]),
    late,
  ]);
  return {
    groups: groups.groups.map(({ name }) => name),
    storageClasses: classes.items.map(({ metadata }) => metadata?.name ?? ""),
    hasNode: { system, regular, spot },
  };
}

/** The reason below fetch's own "fetch failed"; of an answer only its status, as bodies may hold anything. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code === "number") return `it answered ${code}`;
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}

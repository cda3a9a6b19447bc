// Looks at a cluster before anything is created in it.
import { log, RunError, runtime } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { partNames, type Part } from "../config/parts.ts";
import type { NodeLabels } from "../nodeLabels.ts";
import { loginAsksAPerson, type ClusterAccess } from "./clusterAccess.ts";
import {
  labelSelector,
  readFacts,
  readGatewayFacts,
  reasonOf,
  type ClusterFacts,
  type GatewayFacts,
  type Role,
} from "./clusterFacts.ts";

const metricsApi = "metrics.k8s.io/v1beta1";

/** The definitions that the stack cannot bring itself (k8s/gateway/README.md). */
const installGatewayApi =
  "run `kubectl apply --server-side -f " +
  "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.1/standard-install.yaml`";

/** What Traefik watches; it waits for ever for those that are missing. */
const watchedByTraefik = ["httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies"];
/** k8s/gateway/gatewayclass.yaml */
const ownClass = { name: "gateway", controller: "traefik.io/gateway-controller" };

export interface Wanted {
  nodeLabels: Record<Role, NodeLabels>;
  gateway: Pick<DeployConfig["gateway"], "controller">;
  prometheusVolume?: DeployConfig["prometheusVolume"];
  /** Default: all. */
  parts?: readonly Part[];
}

const hasPart = ({ parts = partNames }: Pick<Wanted, "parts">, ...wanted: Part[]): boolean =>
  wanted.some((part) => parts.includes(part));

export interface Findings {
  /** Nothing can be deployed. */
  problems: string[];
  /** It works, but not all of it, or not yet. */
  warnings: string[];
}

export function examine(facts: ClusterFacts, wanted: Wanted): Findings {
  return {
    problems: [
      ...(facts.apis.includes(metricsApi) || !hasPart(wanted, "apps", "demo")
        ? []
        : [
            `it has no metrics API (${metricsApi}), which autoscalers of pods need: ` +
              "install metrics-server, https://github.com/kubernetes-sigs/metrics-server",
          ]),
      ...(hasPart(wanted, "gateway") ? gatewayProblems(facts, wanted.gateway) : []),
      ...(hasPart(wanted, "monitoring") ? storageProblems(facts, wanted) : []),
    ],
    warnings: nodeWarnings(facts, wanted),
  };
}

function gatewayProblems(facts: GatewayFacts, { controller }: Wanted["gateway"]): string[] {
  if (facts.gatewayKinds.length === 0)
    return [`it has no Gateway API (gateway.networking.k8s.io/v1), which routes need: ${installGatewayApi}`];
  if (controller) {
    if (facts.gatewayClasses[controller.className] !== undefined) return [];
    const there = Object.keys(facts.gatewayClasses).join(", ") || "none";
    return [
      `it has no GatewayClass ${controller.className} (gateway.controller.className): expected one of those it has (${there})`,
    ];
  }
  const unknown = watchedByTraefik.filter((kind) => !facts.gatewayKinds.includes(kind));
  const other = facts.gatewayClasses[ownClass.name];
  return [
    ...(unknown.length > 0
      ? [
          `its Gateway API has no ${unknown.join(", ")} in version v1, which Traefik watches: ${installGatewayApi}`,
        ]
      : []),
    ...(other !== undefined && other !== ownClass.controller
      ? [
          `its GatewayClass ${ownClass.name} is of ${other}: expected none of that name, ` +
            "or use it as gateway.controller",
        ]
      : []),
  ];
}

function storageProblems(
  { storageClasses, defaultStorageClass }: ClusterFacts,
  { prometheusVolume }: Wanted,
): string[] {
  if (!prometheusVolume) return [];
  const there = storageClasses.join(", ") || "none";
  const { storageClass } = prometheusVolume;
  if (storageClass === undefined)
    return defaultStorageClass === undefined
      ? [
          `it has no default storage class: set prometheusVolume.storageClass to one of those it has (${there})`,
        ]
      : [];
  return storageClasses.includes(storageClass)
    ? []
    : [`it has no storage class ${storageClass}: expected one of those it has (${there})`];
}

function nodeWarnings({ hasNode }: ClusterFacts, { nodeLabels }: Wanted): string[] {
  const without = (role: Role, meaning: string) =>
    hasNode[role]
      ? []
      : [`no node has the labels of ${role}NodeLabels (${labelSelector(nodeLabels[role])}): ${meaning}`];
  return [
    ...without("system", "Prometheus and the balancer wait until there is one"),
    ...without("regular", "the balancer knows no place to bring work back to, and moves nothing"),
    ...(Object.keys(nodeLabels.spot).length === 0
      ? ["spotNodeLabels is empty, so there is no spot pool: the balancer says so and moves nothing"]
      : without("spot", "the balancer moves nothing until there is one")),
  ];
}

/**
 * Warns of what will not work. A preview goes on when the cluster does not answer: it may well be made later.
 * @throws RunError with everything that is missing
 */
export async function checkCluster(access: ClusterAccess, wanted: Wanted): Promise<void> {
  const facts = await readFacts(access, wanted.nodeLabels).catch((error: unknown) => {
    const message = `The cluster of \`kubeconfig\` cannot be asked what it has: ${reasonOf(error)}`;
    if (!runtime.isDryRun()) throw new RunError(message);
    return log.warn(message);
  });
  if (!facts) return;
  const { problems, warnings } = examine(facts, wanted);
  for (const warning of warnings) void log.warn(`In the cluster of \`kubeconfig\` ${warning}`);
  refuse("of `kubeconfig`", problems);
}

/**
 * Of base's cluster only the Gateway API is in doubt: all else AKS has by itself. Where nobody is signed in, as in some
 * previews, or the cluster does not answer, the stack goes on without having looked.
 * @throws RunError with everything that is missing
 */
export async function checkBaseCluster(
  kubeconfig: string,
  { gateway, parts }: Pick<Wanted, "gateway" | "parts">,
): Promise<void> {
  if (!hasPart({ parts }, "gateway")) return;
  try {
    if (loginAsksAPerson(kubeconfig, process.env))
      throw new Error(
        "its login would ask for a browser; with AAD_LOGIN_METHOD=azurecli it takes that of `az login`",
      );
    refuse("of base", gatewayProblems(await readGatewayFacts({ kubeconfig }), gateway));
  } catch (error) {
    if (error instanceof RunError) throw error;
    if ((error as { code?: unknown }).code === 403) return forbidden();
    void log.debug(`The cluster of base was not asked whether it has the Gateway API: ${reasonOf(error)}`);
  }
}

/**
 * Azure RBAC gives nobody rights by default: without a role even Contributor sees nothing in the cluster, and an update
 * would fail object by object. https://learn.microsoft.com/azure/aks/manage-azure-rbac
 */
function forbidden(): void {
  const message =
    "The cluster of base answers 403: who runs this has no rights in it. Give that identity the role that " +
    ".github/README.md names for it, or add it to a group of base's adminGroupIds";
  if (!runtime.isDryRun()) throw new RunError(message);
  void log.warn(message);
}

function refuse(which: string, problems: string[]): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n- ${problem}`).join("");
  throw new RunError(`The cluster ${which} cannot take this stack, and nothing was created:${list}`);
}

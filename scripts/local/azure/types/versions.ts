// Where clusters lie, and which Kubernetes versions AKS lets a cluster and its pools have and go to.
import { type Inputs, type Problem, textAt } from "../problem.ts";
import type { Rule } from "../resourceType.ts";
import { refuseText, wrong } from "../rules.ts";

export const clusterPath =
  "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";

/** By minor version in November 2026, the patches, the newest last: https://learn.microsoft.com/azure/aks/supported-kubernetes-versions */
const patches: Record<string, readonly [older: string, newest: string]> = {
  "1.33": ["1.33.10", "1.33.11"],
  "1.34": ["1.34.6", "1.34.7"],
  "1.35": ["1.35.3", "1.35.4"],
  "1.36": ["1.36.0", "1.36.1"],
};

export const latestVersion = Object.keys(patches).at(-1)!;

/** `1.35.2` → `1.35` */
const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");
/** `1.35.2` → 35 */
const minorNumber = (version: string): number => Number(version.split(".")[1]);

/** What runs where `1.35` is asked for. */
export const resolveVersion = (version: string): string => patches[version]?.[0] ?? version;

/** To where the upgrade channel "patch" brings a version. */
export const newestPatch = (version: string): string => patches[minorOf(version)]?.[1] ?? version;

/**
 * The version that runs after a PUT: the minor version that runs already starts no upgrade, also where a newer patch is out.
 * https://learn.microsoft.com/azure/aks/supported-kubernetes-versions#alias-minor-version
 */
export const versionAfter = (
  asked: string | undefined,
  running: string | undefined,
  otherwise: string,
): string => {
  if (asked === undefined) return running ?? resolveVersion(otherwise);
  return running !== undefined && asked === minorOf(running) ? running : resolveVersion(asked);
};

export const isSupported = (path: string): Rule =>
  refuseText(
    path,
    (version) =>
      !(minorOf(version) in patches) &&
      `Kubernetes ${version} is not supported, expected ${Object.keys(patches).join(", ")}`,
  );

const isOlder = (a: string, b: string): boolean => a.localeCompare(b, "en", { numeric: true }) < 0;

/** One minor version at a time, and never back: rancher/dashboard#11884 has the answer's text. */
export function upgradeProblems(
  path: string,
  running: string | undefined,
  asked: string | undefined,
): Problem[] {
  if (running === undefined || asked === undefined || asked === minorOf(running)) return [];
  const to = resolveVersion(asked);
  if (!isOlder(to, running) && minorNumber(to) <= minorNumber(running) + 1) return [];
  const next = [minorOf(running), `1.${minorNumber(running) + 1}`].flatMap((minor) => patches[minor] ?? []);
  const available = next.filter((version) => isOlder(running, version));
  return wrong(
    path,
    `OperationNotAllowed: Upgrading Kubernetes version ${running} to ${to} is not allowed. ` +
      `Available upgrades: [${available.join(" ")}]. Please see https://aka.ms/aks-supported-k8s-ver for version details.`,
  );
}

/**
 * A pool is never newer than the control plane, and at most three minor versions older (https://aka.ms/version-skew-policy);
 * the answers' texts: rancher/rancher#33426, MicrosoftDocs/azure-dev-docs#1034.
 */
export function skewProblems(path: string, pool: string, controlPlane: string): Problem[] {
  const [mine, theirs] = [minorNumber(pool), minorNumber(controlPlane)];
  const start = `NodePoolMcVersionIncompatible: Node pool version ${pool} and control plane version ${controlPlane} are incompatible.`;
  if (mine > theirs)
    return wrong(
      path,
      `${start} Minor version of node pool version ${mine} is bigger than control plane version ${theirs}.`,
    );
  return wrong(
    path,
    theirs - mine > 3 &&
      `${start} Minor version of node pool cannot be more than 3 versions less than control plane's version.`,
  );
}

/** The version that a cluster's control plane runs, or starts with. */
export const controlPlaneVersion = (cluster: { inputs: Inputs; outputs: Inputs } | undefined): string =>
  textAt(cluster?.outputs, "currentKubernetesVersion") ??
  resolveVersion(textAt(cluster?.inputs, "kubernetesVersion") ?? latestVersion);

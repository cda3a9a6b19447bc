// What AKS refuses of a cluster as a whole.
import type { Rule, WorldRule } from "../resourceType.ts";
import { type Problem, at, isRecord, listAt, textAt } from "../problem.ts";
import { contains, overlap, parseAddress, parseRange, rangeProblems } from "./addresses.ts";
import { hasRole } from "./identity.ts";
import { networkRanges, subnetRanges } from "./networkRules.ts";
import { poolProblems } from "./poolRules.ts";

/** Minor versions that AKS supports in November 2026. */
export const kubernetesVersions = ["1.33", "1.34", "1.35", "1.36"];

const pools: Rule = (inputs) => {
  const inline = inputs["agentPoolProfiles"];
  if (!Array.isArray(inline)) return [];
  const problems = inline.flatMap((pool, index) => poolProblems(pool, `agentPoolProfiles[${index}]`));
  if (!inline.some((pool) => at(pool, "mode") === "System" || !isRecord(pool))) {
    problems.push({ path: "agentPoolProfiles", message: 'one pool must have mode: "System"' });
  }
  return problems;
};

const poolsGiven: Rule = (inputs) =>
  inputs["agentPoolProfiles"] == null ||
  (Array.isArray(inputs["agentPoolProfiles"]) && !inputs["agentPoolProfiles"].length)
    ? [{ path: "agentPoolProfiles", message: "is missing: a cluster starts with one system pool" }]
    : [];

const identityGiven: Rule = (inputs) =>
  inputs["identity"] == null && inputs["servicePrincipalProfile"] == null
    ? [{ path: "identity", message: "is missing: a cluster needs an identity" }]
    : [];

const dnsName: Rule = (inputs) => {
  if (inputs["dnsPrefix"] == null && inputs["fqdnSubdomain"] == null) {
    return [{ path: "dnsPrefix", message: "is missing, and required" }];
  }
  const prefix = textAt(inputs, "dnsPrefix");
  return prefix === undefined || /^[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?$/.test(prefix)
    ? []
    : [{ path: "dnsPrefix", message: `expected 1 to 54 letters, digits and hyphens, got ${prefix}` }];
};

const version: Rule = (inputs) => {
  const problems: Problem[] = [];
  const check = (path: string, text: string | undefined) => {
    if (text !== undefined && !kubernetesVersions.includes(text.split(".").slice(0, 2).join("."))) {
      problems.push({
        path,
        message: `Kubernetes ${text} is not supported, expected ${kubernetesVersions.join(", ")}`,
      });
    }
  };
  check("kubernetesVersion", textAt(inputs, "kubernetesVersion"));
  for (const [index, pool] of listAt(inputs, "agentPoolProfiles").entries()) {
    check(`agentPoolProfiles[${index}].orchestratorVersion`, textAt(pool, "orchestratorVersion"));
  }
  return problems;
};

/** Upstream's default when a program leaves the service range out. */
const defaultServiceRange = "10.0.0.0/16";

const networking: Rule = (inputs) => {
  const problems: Problem[] = [];
  const value = (key: string) => textAt(inputs, `networkProfile.${key}`);
  for (const key of ["serviceCidr", "podCidr"])
    problems.push(...rangeProblems(`networkProfile.${key}`, value(key)));
  const service = parseRange(value("serviceCidr") ?? defaultServiceRange);
  const pod = parseRange(value("podCidr") ?? "");
  if (service && pod && overlap(service, pod)) {
    problems.push({
      path: "networkProfile.podCidr",
      message: `${pod.text} overlaps the services' ${service.text}`,
    });
  }
  const dns = value("dnsServiceIP");
  const address = dns === undefined ? undefined : parseAddress(dns);
  if (
    dns !== undefined &&
    service &&
    (address === undefined || address <= service.first + 1 || address > service.last)
  ) {
    problems.push({
      path: "networkProfile.dnsServiceIP",
      message: `${dns} is no free address of the services' ${service.text}`,
    });
  }
  if (value("networkPluginMode") === "overlay" && (value("networkPlugin") ?? "azure") !== "azure") {
    problems.push({
      path: "networkProfile.networkPluginMode",
      message: 'overlay needs networkPlugin: "azure"',
    });
  }
  if (value("networkPolicy") === "cilium" && value("networkDataplane") !== "cilium") {
    problems.push({
      path: "networkProfile.networkPolicy",
      message: 'cilium needs networkDataplane: "cilium"',
    });
  }
  if (value("networkDataplane") === "cilium" && value("networkPolicy") === "calico") {
    problems.push({
      path: "networkProfile.networkPolicy",
      message: "the cilium dataplane enforces policies itself, calico cannot",
    });
  }
  return problems;
};

const access: Rule = (inputs) => {
  const problems: Problem[] = [];
  const allowed = listAt(inputs, "apiServerAccessProfile.authorizedIPRanges");
  if (at(inputs, "disableLocalAccounts") === true && at(inputs, "aadProfile.managed") !== true) {
    problems.push({
      path: "disableLocalAccounts",
      message: "without aadProfile.managed nobody could sign in",
    });
  }
  if (at(inputs, "aadProfile.enableAzureRBAC") === true && at(inputs, "enableRBAC") === false) {
    problems.push({ path: "aadProfile.enableAzureRBAC", message: "needs enableRBAC" });
  }
  if (at(inputs, "apiServerAccessProfile.enablePrivateCluster") === true && allowed.length > 0) {
    problems.push({
      path: "apiServerAccessProfile.authorizedIPRanges",
      message: "a private cluster has none: remove one of both",
    });
  }
  for (const [index, range] of allowed.entries()) {
    const text = String(range);
    if (parseAddress(text) === undefined) {
      problems.push(...rangeProblems(`apiServerAccessProfile.authorizedIPRanges[${index}]`, text));
    }
  }
  return problems;
};

export const clusterRules: readonly Rule[] = [
  poolsGiven,
  pools,
  identityGiven,
  dnsName,
  version,
  networking,
  access,
];

const poolSubnets = (inputs: unknown): { path: string; id: string }[] =>
  listAt(inputs, "agentPoolProfiles").flatMap((pool, index) => {
    const id = textAt(pool, "vnetSubnetID");
    return id === undefined ? [] : [{ path: `agentPoolProfiles[${index}].vnetSubnetID`, id }];
  });

const subnetsExist: WorldRule = (inputs, world) =>
  poolSubnets(inputs)
    .filter(({ id }) => !world.find(id))
    .map(({ path, id }) => ({ path, message: `there is no subnet ${id}` }));

/** AKS joins machines to the subnet as the cluster's identity, which must have a role there first. */
const identityMayJoin: WorldRule = (inputs, world) => {
  const identities = listAt(inputs, "identity.userAssignedIdentities").map((id) => world.find(String(id)));
  const principal = identities
    .map((identity) => textAt(identity?.outputs, "principalId"))
    .find((id) => id !== undefined);
  if (principal === undefined) return [];
  return poolSubnets(inputs)
    .filter(({ id }) => !hasRole(principal, id, world))
    .map(({ path, id }) => ({
      path,
      message: `the cluster's identity has no role on ${id}: assign Network Contributor before the cluster (dependsOn)`,
    }));
};

const identitiesExist: WorldRule = (inputs, world) =>
  listAt(inputs, "identity.userAssignedIdentities")
    .filter((id) => !world.find(String(id)))
    .map((id) => ({
      path: "identity.userAssignedIdentities",
      message: `there is no identity ${String(id)}`,
    }));

/** Pods and services may not share addresses with the network that the nodes are in. */
const rangesApart: WorldRule = (inputs, world) => {
  const problems: Problem[] = [];
  for (const { id } of poolSubnets(inputs)) {
    const subnet = world.find(id);
    const network = world.find(id.split("/").slice(0, -2).join("/"));
    const nodes = [
      ...(network ? networkRanges(network.inputs) : []),
      ...(subnet ? subnetRanges(subnet.inputs) : []),
    ];
    for (const key of ["serviceCidr", "podCidr"]) {
      const text =
        textAt(inputs, `networkProfile.${key}`) ?? (key === "serviceCidr" ? defaultServiceRange : "");
      const range = parseRange(text);
      const hit = range && nodes.find((node) => overlap(range, node) || contains(range, node));
      if (hit)
        problems.push({
          path: `networkProfile.${key}`,
          message: `${text} overlaps the virtual network's ${hit.text}`,
        });
    }
  }
  return problems;
};

export const clusterWorldRules: readonly WorldRule[] = [
  subnetsExist,
  identitiesExist,
  identityMayJoin,
  rangesApart,
];

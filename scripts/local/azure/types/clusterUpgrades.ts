// What AKS refuses of a cluster that is there already: versions out of order, pools that a PUT would bring.
import { isSame, parentId } from "../ids.ts";
import { type Inputs, listAt, textAt } from "../problem.ts";
import type { WorldRule } from "../resourceType.ts";
import { wrong } from "../rules.ts";
import { latestVersion, skewProblems, upgradeProblems, versionAfter } from "./versions.ts";

const pools = (inputs: Inputs): unknown[] => listAt(inputs, "agentPoolProfiles");

/** https://learn.microsoft.com/azure/aks/upgrade-aks-cluster: control plane first, one minor version at a time; pools follow. */
const versions: WorldRule = (inputs, world, id) => {
  const cluster = world.find(id);
  const running = textAt(cluster?.outputs, "currentKubernetesVersion");
  const target = versionAfter(textAt(inputs, "kubernetesVersion"), running, latestVersion);
  const poolOf = (name: string) => world.find(`${id}/agentPools/${name}`)?.outputs;
  const inline = pools(inputs).flatMap((pool, index) => {
    const path = `agentPoolProfiles[${index}].orchestratorVersion`;
    const has = textAt(poolOf(textAt(pool, "name") ?? ""), "currentOrchestratorVersion");
    const asked = textAt(pool, "orchestratorVersion");
    return [
      ...skewProblems(path, versionAfter(asked, has, target), target),
      ...upgradeProblems(path, has, asked),
    ];
  });
  const others = world
    .list("azure-native:containerservice:AgentPool")
    .filter((pool) => isSame(parentId(pool.id), id))
    .flatMap((pool) => textAt(pool.outputs, "currentOrchestratorVersion") ?? [])
    .flatMap((version) => skewProblems("kubernetesVersion", version, target));
  return [
    ...upgradeProblems("kubernetesVersion", running, textAt(inputs, "kubernetesVersion")),
    ...inline,
    ...others,
  ];
};

/** pulumi/pulumi-azure-native#2094 */
const allOrNone: WorldRule = (inputs, world, id) => {
  if (!world.find(id)) return [];
  const controlPlane = textAt(inputs, "kubernetesVersion");
  const given = pools(inputs).map((pool) => textAt(pool, "orchestratorVersion"));
  const isUnchanged = pools(inputs).every((pool, index) => {
    const there = world.find(`${id}/agentPools/${textAt(pool, "name")}`)?.outputs;
    return [controlPlane, textAt(there, "orchestratorVersion"), undefined].includes(given[index]);
  });
  const isUniform = given.every((version) => version) || given.every((version) => !version);
  return wrong(
    "agentPoolProfiles",
    !(isUnchanged && isUniform) &&
      "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged: Using managed cluster api, all Agent pools' OrchestratorVersion " +
        "must be all specified or all unspecified. If all specified, they must be stay unchanged or the same with control plane.",
  );
};

/** pulumi/pulumi-azure-native#2719 */
const noNewPool: WorldRule = (inputs, world, id) => {
  const cluster = world.find(id);
  if (!cluster) return [];
  const known = listAt(cluster.inputs, "agentPoolProfiles").map((pool) => textAt(pool, "name"));
  return pools(inputs).flatMap((pool, index) => {
    const name = textAt(pool, "name");
    return wrong(
      `agentPoolProfiles[${index}]`,
      !known.includes(name) &&
        !world.find(`${id}/agentPools/${name}`) &&
        `BadRequest: A new agent pool was introduced (${name}). Adding agent pools to an existing cluster is not allowed ` +
          "through managed cluster operations",
    );
  });
};

export const upgradeRules: readonly WorldRule[] = [versions, allOrNone, noNewPool];

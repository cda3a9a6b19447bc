// Subnets: inside of their network, apart from each other.
import { type Range, contains, isRange, overlap, rangesAt } from "../addresses.ts";
import { isSame, parentId } from "../ids.ts";
import { type Inputs, type Problem, listAt, textAt } from "../problem.ts";
import type { ResourceType, Rule, WorldRule } from "../resourceType.ts";
import { mustExist, required } from "../rules.ts";
import { networkRanges } from "./virtualNetwork.ts";

export const subnetRanges = (inputs: unknown): Range[] => rangesAt(inputs, "addressPrefix");

const problem = (message: string): Problem => ({ path: "addressPrefix", message });

/** https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq */
const largeEnough: Rule = (inputs) =>
  subnetRanges(inputs)
    .filter(({ bits }) => bits > 29)
    .map(({ text }) => problem(`${text} is smaller than Azure's least, /29`));

const fits: WorldRule = (inputs, world, id) => {
  const mine = subnetRanges(inputs);
  const network = networkRanges(world.find(parentId(id))?.inputs);
  const siblings = world
    .list(subnet.token)
    .filter((other) => isSame(parentId(other.id), parentId(id)) && !isSame(other.id, id));
  return mine.flatMap((range) => [
    ...(network.some((outer) => contains(outer, range))
      ? []
      : [
          problem(
            `${range.text} lies outside of the virtual network's ${network.map(({ text }) => text).join(", ")}`,
          ),
        ]),
    ...siblings.flatMap((other) =>
      subnetRanges(other.inputs)
        .filter((theirs) => overlap(range, theirs))
        .map((theirs) => problem(`${range.text} overlaps ${theirs.text} of ${other.id}`)),
    ),
  ]);
};

/** A PostgreSQL server gives its subnet this endpoint: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private */
const storage = "Microsoft.Storage";

const endpoints: ResourceType["get"] = ({ id, outputs }, world) => {
  const own = (listAt(outputs, "serviceEndpoints") as Inputs[]).map((endpoint) => ({ ...endpoint }));
  const hasServer = world
    .list("azure-native:dbforpostgresql:Server")
    .some(({ inputs }) => isSame(id, textAt(inputs, "network.delegatedSubnetResourceId")));
  if (hasServer && !own.some(({ service }) => service === storage)) own.push({ service: storage });
  if (own.length === 0) return {};
  return {
    serviceEndpoints: own.map((endpoint) => ({
      locations: ["eastus", "westus"], // the region and its pair
      ...endpoint,
      provisioningState: "Succeeded",
    })),
  };
};

export const subnet: ResourceType = {
  token: "azure-native:network:Subnet",
  apiVersion: "2024-05-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
  model: { package: "arm-network", model: "Subnet" },
  rules: [required("addressPrefix"), isRange("addressPrefix"), largeEnough],
  worldRules: [fits, mustExist("networkSecurityGroup.id"), mustExist("natGateway.id")],
  keptWhileUsed: true,
  get: endpoints,
};

// Subnets: inside of their network, apart from each other.
import { contains, isRange, overlaps, sizeOf } from "../../../../stacks/config/addresses.ts";
import { isSame, parentId } from "../ids.ts";
import { type Inputs, listAt, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { mustExist, range, rangesAt, refuseText, required, wrong } from "../rules.ts";
import { networkRanges } from "./virtualNetwork.ts";

const path = "addressPrefix";
export const subnetRanges = (inputs: unknown): string[] => rangesAt(inputs, path);

/** https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq */
const largeEnough = refuseText(
  path,
  (range) => isRange(range) && sizeOf(range) < 8 && `${range} is smaller than Azure's least, /29`,
);

const fits: WorldRule = (inputs, world, id) => {
  const network = networkRanges(world.find(parentId(id))?.inputs);
  const siblings = world
    .list(subnet.token)
    .filter((other) => isSame(parentId(other.id), parentId(id)) && !isSame(other.id, id));
  return subnetRanges(inputs).flatMap((range) => [
    ...wrong(
      path,
      !network.some((outer) => contains(outer, range)) &&
        `${range} lies outside of the virtual network's ${network.join(", ")}`,
    ),
    ...siblings.flatMap((other) =>
      subnetRanges(other.inputs).flatMap((theirs) =>
        wrong(path, overlaps(range, theirs) && `${range} overlaps ${theirs} of ${other.id}`),
      ),
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
  rules: [required(path), range(path), largeEnough],
  worldRules: [fits, mustExist("networkSecurityGroup.id"), mustExist("natGateway.id")],
  keptWhileUsed: true,
  get: endpoints,
};

// Virtual networks: the ranges that subnets are cut from. Subnets are resources of their own here.
import { isSame, parentId } from "../ids.ts";
import type { Inputs } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { range, rangesAt, refuse, required } from "../rules.ts";

export const networkRanges = (inputs: Inputs | undefined): string[] =>
  rangesAt(inputs, "addressSpace.addressPrefixes");

export const virtualNetwork: ResourceType = {
  token: "azure-native:network:VirtualNetwork",
  apiVersion: "2024-05-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}",
  model: { package: "arm-network", model: "VirtualNetwork" },
  rules: [
    required("addressSpace"),
    range("addressSpace.addressPrefixes"),
    // Inline and as resources, the two descriptions undo each other: pulumi/pulumi-azure-native#611.
    refuse(
      "subnets",
      ({ subnets }) => subnets != null && "make them resources of their own: inline, they undo each other",
    ),
  ],
  keptWhileUsed: true,
  outputs: () => ({ virtualNetworkPeerings: [] }),
  children: ["subnets", "virtualNetworkPeerings"],
  get: ({ id }, world) => ({
    subnets: world
      .list("azure-native:network:Subnet")
      .filter((subnet) => isSame(parentId(subnet.id), id))
      .map((subnet) => ({ ...subnet.outputs, id: subnet.id })),
  }),
};

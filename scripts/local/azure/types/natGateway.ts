// NAT gateways: outgoing connections from fixed addresses.
import { listAt, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { between, wrong } from "../rules.ts";

/** https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource */
const standardAddresses: WorldRule = (inputs, world) =>
  listAt(inputs, "publicIpAddresses").flatMap((reference, index) => {
    const path = `publicIpAddresses[${index}].id`;
    const address = world.find(textAt(reference, "id"));
    if (!address) return wrong(path, `there is no resource ${textAt(reference, "id")}`);
    const sku = textAt(address.inputs, "sku.name") ?? "Basic";
    return wrong(path, sku !== "Standard" && `a NAT gateway takes Standard addresses, this one is ${sku}`);
  });

export const natGateway: ResourceType = {
  token: "azure-native:network:NatGateway",
  apiVersion: "2024-05-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/natGateways/{natGatewayName}",
  model: { package: "arm-network", model: "NatGateway" },
  billed: true,
  createOnly: ["sku", "zones"],
  rules: [between("idleTimeoutInMinutes", 4, 120, " minutes")],
  worldRules: [standardAddresses],
  keptWhileUsed: true,
};

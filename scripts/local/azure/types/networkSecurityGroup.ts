// Security groups with their rules inside.
import { at, given, listAt, numberAt, textAt } from "../problem.ts";
import type { ResourceType, Rule } from "../resourceType.ts";
import { between, each, refuse, required, wrong } from "../rules.ts";

/** One of them, and not both: a range, or a list of ranges. */
const sides = ["source", "destination"].flatMap((side): [one: string, many: string][] => [
  [`${side}AddressPrefix`, `${side}AddressPrefixes`],
  [`${side}PortRange`, `${side}PortRanges`],
]);

/** https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules */
const shapes = each("securityRules", [
  ...["access", "direction", "priority", "protocol"].map((key) => required(key)),
  between("priority", 100, 4096),
  ...sides.flatMap(([one, many]) => [
    refuse(one, (rule) => !given(rule, one) && !given(rule, many) && "is missing, and required"),
    refuse(
      one,
      (rule) =>
        at(rule, one) !== undefined &&
        at(rule, many) !== undefined &&
        "give one range or a list of them, not both",
    ),
  ]),
]);

const priorities: Rule = (inputs) => {
  const keys = listAt(inputs, "securityRules").map(
    (rule) => `${textAt(rule, "direction")} ${numberAt(rule, "priority")}`,
  );
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    return wrong(
      `securityRules[${index}].priority`,
      first !== index && `is taken by securityRules[${first}] (${key})`,
    );
  });
};

export const networkSecurityGroup: ResourceType = {
  token: "azure-native:network:NetworkSecurityGroup",
  apiVersion: "2024-05-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
  model: { package: "arm-network", model: "NetworkSecurityGroup" },
  rules: [shapes, priorities],
  keptWhileUsed: true,
};

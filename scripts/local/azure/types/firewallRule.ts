// Firewall rules of a PostgreSQL server with public access:
// https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-firewall-rules
import { isAddress, span } from "../../../../stacks/config/addresses.ts";
import { parentId } from "../ids.ts";
import { at, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { refuseText, wrong } from "../rules.ts";
import { server } from "./server.ts";

const publicServer: WorldRule = (_inputs, world, id) => {
  const network = at(world.find(parentId(id))?.inputs, "network");
  const isPrivate =
    at(network, "publicNetworkAccess") === "Disabled" ||
    at(network, "delegatedSubnetResourceId") !== undefined;
  return wrong(
    "",
    isPrivate && "the server has no public access, a firewall rule has no effect and is refused",
  );
};

export const firewallRule: ResourceType = {
  token: "azure-native:dbforpostgresql:FirewallRule",
  apiVersion: server.apiVersion,
  path: `${server.path}/firewallRules/{firewallRuleName}`,
  model: { package: "arm-postgresql-flexible", model: "FirewallRule" },
  policies: ["no-public-database", "no-open-firewall"],
  rules: [
    refuseText("endIpAddress", (end, inputs) => {
      const start = textAt(inputs, "startIpAddress") ?? "";
      const areAddresses = isAddress(start) && isAddress(end);
      return areAddresses && span(start, end) < 1 && `${end} is before startIpAddress ${start}`;
    }),
  ],
  worldRules: [publicServer],
};

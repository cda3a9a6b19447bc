// Firewall rules of a PostgreSQL server with public access:
// https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-firewall-rules
import { parseAddress } from "../addresses.ts";
import { parentId } from "../ids.ts";
import { at, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { refuse } from "../rules.ts";
import { server } from "./server.ts";

const publicServer: WorldRule = (_inputs, world, id) => {
  const network = at(world.find(parentId(id))?.inputs, "network");
  const isPrivate =
    at(network, "publicNetworkAccess") === "Disabled" ||
    at(network, "delegatedSubnetResourceId") !== undefined;
  return isPrivate
    ? [{ path: "", message: "the server has no public access, a firewall rule has no effect and is refused" }]
    : [];
};

const ends = ["startIpAddress", "endIpAddress"] as const;

export const firewallRule: ResourceType = {
  token: "azure-native:dbforpostgresql:FirewallRule",
  apiVersion: server.apiVersion,
  path: `${server.path}/firewallRules/{firewallRuleName}`,
  model: { package: "arm-postgresql-flexible", model: "FirewallRule" },
  policies: ["no-public-database", "no-open-firewall"],
  rules: [
    ...ends.map((path) =>
      refuse(
        path,
        (inputs) => parseAddress(textAt(inputs, path) ?? "0.0.0.0") === undefined,
        (inputs) => `expected an IPv4 address, got ${textAt(inputs, path)}`,
      ),
    ),
    refuse(
      "endIpAddress",
      (inputs) => {
        const [start, end] = ends.map((path) => parseAddress(textAt(inputs, path) ?? ""));
        return start !== undefined && end !== undefined && start > end;
      },
      (inputs) =>
        `${textAt(inputs, "endIpAddress")} is before startIpAddress ${textAt(inputs, "startIpAddress")}`,
    ),
  ],
  worldRules: [publicServer],
};

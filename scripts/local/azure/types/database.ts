// Azure Database for PostgreSQL: flexible servers, their parameters, databases and firewall rules.
import { type ResourceType, parentId } from "../resourceType.ts";
import { type Inputs, at, textAt } from "../problem.ts";
import { firewallRange, publicServer, serverRules, serverWorldRules } from "./databaseRules.ts";

const servers =
  "/resourceGroups/{resourceGroupName}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}";

const model = (name: string) => ({ package: "arm-postgresql-flexible", model: name });

/** Name of the last part of an ID. */
const lastName = (id: string): string => id.split("/").at(-1)!;

export const databaseTypes: ResourceType[] = [
  {
    token: "azure-native:dbforpostgresql:Server",
    apiVersion: "2025-08-01",
    path: servers,
    model: model("Server"),
    naming: "random",
    createOnly: [
      "administratorLogin",
      "version",
      "createMode",
      "sourceServerResourceId",
      "pointInTimeUTC",
      "network.delegatedSubnetResourceId",
      "backup.geoRedundantBackup",
    ],
    writeOnly: ["administratorLoginPassword", "createMode", "pointInTimeUTC"],
    rules: serverRules,
    worldRules: serverWorldRules,
    outputs: (inputs) => ({
      state: "Ready",
      version: textAt(inputs, "version") ?? "17",
      replicationRole: "Primary",
    }),
    apply: async ({ id, inputs, machines }) => {
      const { host, minorVersion } = await machines.applyServer({
        id,
        name: lastName(id),
        administratorLogin: textAt(inputs, "administratorLogin")!,
        administratorPassword: textAt(inputs, "administratorLoginPassword"),
        version: textAt(inputs, "version") ?? "17",
      });
      return { fullyQualifiedDomainName: host, minorVersion };
    },
    remove: (resource, machines) => machines.deleteServer(resource.id),
  },
  {
    token: "azure-native:dbforpostgresql:Configuration",
    apiVersion: "2025-08-01",
    path: `${servers}/configurations/{configurationName}`,
    model: model("Configuration"),
    naming: "copy",
    rules: [
      (inputs: Inputs) =>
        inputs["value"] == null ? [{ path: "value", message: "is missing, and required" }] : [],
    ],
    apply: async ({ id, inputs, machines }) => {
      const name = textAt(inputs, "configurationName")!;
      const set = await machines.setParameter(parentId(id)!, name, textAt(inputs, "value"));
      return {
        value: set.value,
        defaultValue: set.defaultValue,
        source: at(inputs, "source") ?? "user-override",
        isConfigPendingRestart: set.pendingRestart,
      };
    },
    remove: async (resource, machines) => {
      await machines.setParameter(parentId(resource.id)!, lastName(resource.id), undefined);
    },
  },
  {
    token: "azure-native:dbforpostgresql:Database",
    apiVersion: "2025-08-01",
    path: `${servers}/databases/{databaseName}`,
    model: model("Database"),
    naming: "copy",
    createOnly: ["charset", "collation"],
    apply: async ({ id, inputs, machines }) => {
      await machines.applyDatabase(parentId(id)!, {
        name: textAt(inputs, "databaseName")!,
        charset: textAt(inputs, "charset") ?? "UTF8",
        collation: textAt(inputs, "collation") ?? "en_US.utf8",
      });
    },
    remove: (resource, machines) => machines.deleteDatabase(parentId(resource.id)!, lastName(resource.id)),
  },
  {
    token: "azure-native:dbforpostgresql:FirewallRule",
    apiVersion: "2025-08-01",
    path: `${servers}/firewallRules/{firewallRuleName}`,
    model: model("FirewallRule"),
    naming: "copy",
    rules: [firewallRange],
    worldRules: [publicServer],
  },
];

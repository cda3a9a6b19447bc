// Databases of a PostgreSQL server.
import { lastName, parentId } from "../ids.ts";
import { textAt } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { server } from "./server.ts";

export const database: ResourceType = {
  token: "azure-native:dbforpostgresql:Database",
  apiVersion: server.apiVersion,
  path: `${server.path}/databases/{databaseName}`,
  model: { package: "arm-postgresql-flexible", model: "Database" },
  policies: ["protected-database"],
  createOnly: ["charset", "collation"],
  apply: ({ id, inputs, machines }) =>
    machines.applyDatabase(parentId(id)!, {
      name: lastName(id),
      charset: textAt(inputs, "charset") ?? "UTF8",
      collation: textAt(inputs, "collation") ?? "en_US.utf8",
    }),
  remove: (resource, machines) => machines.deleteDatabase(parentId(resource.id)!, lastName(resource.id)),
};

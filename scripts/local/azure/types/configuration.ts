// Parameters of a PostgreSQL server.
import { lastName, parentId } from "../ids.ts";
import { at, textAt } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { required } from "../rules.ts";
import { server } from "./server.ts";

export const configuration: ResourceType = {
  token: "azure-native:dbforpostgresql:Configuration",
  apiVersion: server.apiVersion,
  path: `${server.path}/configurations/{configurationName}`,
  model: { package: "arm-postgresql-flexible", model: "Configuration" },
  rules: [required("value")],
  apply: async ({ id, inputs, machines }) => {
    const set = await machines.setParameter(parentId(id)!, lastName(id), textAt(inputs, "value"));
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
};

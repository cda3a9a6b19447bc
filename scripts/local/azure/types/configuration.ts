// Parameters of a PostgreSQL server.
import { lastName, parentId } from "../ids.ts";
import { textAt } from "../problem.ts";
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
    const [server, name, value] = [parentId(id)!, lastName(id), textAt(inputs, "value")!];
    const before = await machines.parameter(server, name);
    // Azure takes its own default without a word, and changes nothing: pulumi/pulumi-azure-native#4736.
    const isDefault = value.toLowerCase() === before.defaultValue.toLowerCase();
    const set = isDefault ? before : await machines.setParameter(server, name, value);
    return {
      value: set.value,
      defaultValue: set.defaultValue,
      source: set.value === set.defaultValue ? "system-default" : "user-override",
      isConfigPendingRestart: set.pendingRestart,
    };
  },
  remove: async (resource, machines) => {
    await machines.setParameter(parentId(resource.id)!, lastName(resource.id), undefined);
  },
};

// Log Analytics workspaces; how long they keep: https://learn.microsoft.com/rest/api/loganalytics/workspaces/create-or-update
import { stableGuid } from "../ids.ts";
import type { ResourceType } from "../resourceType.ts";
import { between } from "../rules.ts";

export const workspace: ResourceType = {
  token: "azure-native:operationalinsights:Workspace",
  apiVersion: "2023-09-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
  model: { package: "arm-operationalinsights", model: "Workspace" },
  billed: true,
  rules: [between("retentionInDays", 30, 730, " days")],
  outputs: (_inputs, id) => ({ customerId: stableGuid(`customer ${id}`) }),
};

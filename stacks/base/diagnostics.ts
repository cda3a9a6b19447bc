// Optional: the control plane's logs in a Log Analytics workspace.
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import type { Place } from "../azure.ts";

/** Who changed what, who signed in, why the autoscaler acted. `kube-audit` itself, with every read, costs ten times more. */
const categories = ["kube-audit-admin", "guard", "cluster-autoscaler"];

/** Keeps a chatty cluster from costing more than the nodes (GiB a day, about USD 3 each). */
const dailyQuotaGb = 1;

export function collectLogs(place: Place, cluster: ManagedCluster): void {
  const workspace = new Workspace("workspace", {
    ...place.at,
    workspaceName: place.name("log"),
    sku: { name: "PerGB2018" },
    retentionInDays: 30,
    workspaceCapping: { dailyQuotaGb },
  });
  new DiagnosticSetting("clusterLogs", {
    name: "control-plane",
    resourceUri: cluster.id,
    workspaceId: workspace.id,
    logAnalyticsDestinationType: "Dedicated",
    logs: categories.map((category) => ({ category, enabled: true })),
  });
}

// A kubeconfig whose user signs in by Entra ID, as AKS hands it out.
import { parse, stringify } from "yaml";
import { tenantId } from "../ids.ts";

/** Entra ID's application of all AKS API servers: https://azure.github.io/kubelogin/concepts/aks.html */
const serverId = "6dae42f8-4368-4678-94ff-3960e28e3630";
/** The public client that `format: exec` names there. */
const clientId = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";

/** The same cluster; nothing of the administrator's certificate. */
export function withKubelogin(kubeconfig: string): string {
  const config = parse(kubeconfig) as { users?: { name: string }[] };
  const args = ["get-token", "--environment", "AzurePublicCloud", "--server-id", serverId];
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "kubelogin",
    args: [...args, "--client-id", clientId, "--tenant-id", tenantId, "--login", "devicecode"],
    interactiveMode: "IfAvailable",
    provideClusterInfo: false,
  };
  return stringify({ ...config, users: config.users?.map(({ name }) => ({ name, user: { exec } })) });
}

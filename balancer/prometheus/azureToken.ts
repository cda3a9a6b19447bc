// A token for Azure Monitor's managed Prometheus, in exchange for the one that AKS gives a pod (workload identity).
//
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential
import { readFile } from "node:fs/promises";
import { json } from "node:stream/consumers";
import { InputError, UnreachableError, rootCause } from "../failures.ts";
import { exchange } from "../kube/http.ts";
import type { AccessFile } from "./accessFile.ts";

type AzureAd = NonNullable<AccessFile["azuread"]>;

/** Where to log in, and for what: https://learn.microsoft.com/azure/azure-monitor/metrics/prometheus-api-promql. */
const clouds: Record<AzureAd["cloud"], { authority: string; scope: string }> = {
  AzurePublic: {
    authority: "https://login.microsoftonline.com",
    scope: "https://prometheus.monitor.azure.com/.default",
  },
  AzureGovernment: {
    authority: "https://login.microsoftonline.us",
    scope: "https://prometheus.monitor.azure.us/.default",
  },
  AzureChina: {
    authority: "https://login.chinacloudapi.cn",
    scope: "https://prometheus.monitor.azure.cn/.default",
  },
};

interface TokenAnswer {
  access_token?: unknown;
  error?: unknown;
  error_description?: unknown;
}

/**
 * The variables are those that AKS' webhook puts into pods of such a ServiceAccount:
 * https://azure.github.io/azure-workload-identity/docs/installation/mutating-admission-webhook.html
 * One token serves all queries of a round.
 */
export function azureToken(
  { cloud, workload_identity: identity }: AzureAd,
  env: NodeJS.ProcessEnv,
): (signal: AbortSignal) => Promise<string> {
  const given = (value: string | undefined, name: string): string => {
    const found = value ?? env[name];
    if (found) return found;
    throw new InputError(
      `--prometheus-config: azuread: expected $${name} or its key: does the pod have the label azure.workload.identity/use, and its ServiceAccount the client's id?`,
    );
  };
  const client = given(identity.client_id, "AZURE_CLIENT_ID");
  const tenant = given(identity.tenant_id, "AZURE_TENANT_ID");
  const file = given(identity.token_file_path, "AZURE_FEDERATED_TOKEN_FILE");
  const { authority, scope } = clouds[cloud];
  const login = (env["AZURE_AUTHORITY_HOST"] ?? authority).replace(/\/+$/, "");
  const url = `${login}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  let known: Promise<string> | undefined;

  async function ask(signal: AbortSignal): Promise<string> {
    const assertion = (await readFile(file, "utf8")).trim();
    const body = new URLSearchParams({
      ...{ client_id: client, scope, grant_type: "client_credentials", client_assertion: assertion },
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    return exchange(url, { method: "POST", headers, body, signal }, async (answer) => {
      const { access_token: token, error, error_description: why } = (await json(answer.body)) as TokenAnswer;
      if (typeof token === "string") return token;
      throw new Error(`${String(error)} (${answer.statusCode}): ${String(why).split("\n")[0]}`);
    });
  }

  return (signal) =>
    (known ??= ask(signal).catch((error: unknown) => {
      known = undefined;
      throw new UnreachableError(`Azure gives no token for Prometheus: ${rootCause(error)}`, {
        cause: error,
      });
    }));
}

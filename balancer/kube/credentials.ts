// What a kubeconfig gives to every request: headers, and how to connect.
import { Agent as HttpAgent } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { InputError, rootCause } from "../failures.ts";

/** What is used of a kubeconfig. */
export type ClusterAccess = Pick<KubeConfig, "getCurrentCluster" | "applyToHTTPSOptions">;

export interface Credentials {
  headers: Record<string, string>;
  /** CA, client certificate, proxy. Keeps connections. */
  agent: HttpAgent;
  /** `user:password` */
  auth?: string;
}

/** Asks the kubeconfig for headers (token, impersonation) and the connection. */
export async function readCredentials(config: ClusterAccess): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new InputError(`Cannot use the credentials of the kubeconfig: ${rootCause(error)}`, {
      cause: error,
    });
  }
  const headers = Object.entries((options.headers ?? {}) as Record<string, string>);
  return {
    headers: Object.fromEntries(headers.map(([name, value]) => [name, value.trim()])),
    agent: agentOf(config, options),
    ...(typeof options.auth === "string" && { auth: options.auth }),
  };
}

/** client-node's own agent makes a connection for each request, and keeps the first certificate that it was given. */
function agentOf(
  config: ClusterAccess,
  { agent, ca, cert, key, rejectUnauthorized, servername }: RequestOptions,
) {
  const { proxyUrl, server } = config.getCurrentCluster()!;
  if (proxyUrl && agent instanceof HttpAgent) return agent;
  if (server.startsWith("http:")) return new HttpAgent({ keepAlive: true });
  return new Agent({ keepAlive: true, ca, cert, key, rejectUnauthorized, servername });
}

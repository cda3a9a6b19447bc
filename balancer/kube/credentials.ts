// What a kubeconfig gives to every request: headers, and how to connect.
import type { KubeConfig } from "@kubernetes/client-node";
import type { Dispatcher } from "undici";
import { InputError, rootCause } from "../failures.ts";

export interface Credentials {
  headers: Record<string, string>;
  dispatcher: Dispatcher | undefined;
}

/** Asks the kubeconfig for headers (token, impersonation) and the connection (CA, client certificate, proxy). */
export async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const headers: Record<string, string> = {};
  let dispatcher: Dispatcher | undefined;
  const sink = {
    setHeaderParam: (name: string, value: string) => (headers[name] = value.trim()),
    setDispatcher: (value: Dispatcher) => (dispatcher = value),
  };
  try {
    await config.applySecurityAuthentication(
      sink as unknown as Parameters<KubeConfig["applySecurityAuthentication"]>[0],
    );
  } catch (error) {
    throw new InputError(`Cannot use the credentials of the kubeconfig: ${rootCause(error)}`, {
      cause: error,
    });
  }
  return { headers, dispatcher };
}

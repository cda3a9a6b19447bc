// Access to the local control plane for everything under scripts/local: one way to connect, to read errors; and to wait.
import { ApiException, KubeConfig } from "@kubernetes/client-node";
import { ApiError } from "../../balancer/kube/apiError.ts";

export { waitFor } from "./waitFor.ts";

/** Loads a kubeconfig file. */
export function loadKubeConfig(path: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  return config;
}

/** HTTP status of a failed API call, or undefined for other errors. */
export function apiStatus(error: unknown): number | undefined {
  if (error instanceof ApiError) return error.status;
  return error instanceof ApiException ? error.code : undefined;
}

export const isNotFound = (error: unknown): boolean => apiStatus(error) === 404;
export const isConflict = (error: unknown): boolean => apiStatus(error) === 409;

/** What `call` returns, or undefined when the object does not exist. */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

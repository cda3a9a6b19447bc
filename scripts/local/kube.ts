// Access to the local control plane for everything under scripts/local: one way to connect, to read errors, to wait.
import { setTimeout as delay } from "node:timers/promises";
import { ApiException, KubeConfig } from "@kubernetes/client-node";
import { ApiError } from "../../balancer/kube/apiError.ts";

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

export interface WaitOptions {
  /** What is waited for, in words that end the sentence "waited … for …". */
  what: string;
  timeoutMs: number;
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Asks until the answer is neither undefined nor false, and returns it.
 * Throws when the deadline passes, with the last error if asking failed.
 */
export async function waitFor<T>(
  ask: () => T | Promise<T | undefined | false> | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`waited ${Math.round(options.timeoutMs / 1000)} s for ${options.what}, in vain`, {
        cause: lastError,
      });
    }
    await delay(options.intervalMs ?? 200, undefined, { signal: options.signal });
  }
}

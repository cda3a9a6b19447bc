// Many requests at once, each on a connection of its own, and what came of them.
import { Agent, get, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, get as getSecurely } from "node:https";
import { once } from "node:events";
import type { BurstResult } from "./schemas.ts";

const timeoutMs = 15_000;

export async function burst(url: string, requests: number): Promise<BurstResult> {
  const isSecure = url.startsWith("https:");
  const limits = { maxSockets: requests };
  const agent = isSecure ? new SecureAgent(limits) : new Agent(limits);
  const variants = { a: 0, b: 0 };
  const latencies: number[] = [];

  async function send(): Promise<void> {
    const start = performance.now();
    const request = (isSecure ? getSecurely : get)(url, { agent, signal: AbortSignal.timeout(timeoutMs) });
    try {
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      if ((response.statusCode ?? 500) >= 400) return;
      latencies.push(performance.now() - start);
      const variant = response.headers["x-variant"];
      if (variant === "a" || variant === "b") variants[variant]++;
    } catch {
      request.destroy(); // counts as failed, as every request that is in no other number
    }
  }

  const start = performance.now();
  await Promise.all(Array.from({ length: requests }, send));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  const succeeded = latencies.length;
  return {
    ...{ requests, succeeded, failed: requests - succeeded, variants, seconds },
    latencyMs: percentilesOf(latencies),
  };
}

/** To a hundredth; of none 0. */
export function percentilesOf(values: readonly number[]): BurstResult["latencyMs"] {
  const sorted = values.toSorted((a, b) => a - b);
  const percentile = (share: number): number =>
    Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 100) / 100;
  return { p50: percentile(0.5), p95: percentile(0.95), max: percentile(1) };
}

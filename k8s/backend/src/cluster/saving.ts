// What the balancer says that spot saves a month, by way of Prometheus.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Saving } from "./schemas.ts";

/** By the job that reads the balancer alone: any pod may expose a series of this name (k8s/prometheus). */
const query = `sum(spot_balancer_saving_per_month{job="spot-balancer"})`;

/** Null while nobody states it. @throws Error when Prometheus gives no usable answer */
export async function readSaving(prometheus: string, signal: AbortSignal): Promise<Saving> {
  const url = new URL(`${prometheus.replace(/\/$/, "")}/api/v1/query`);
  url.searchParams.set("query", query);
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
  if (!response.ok) throw new Error(`Prometheus answers ${response.status}`);
  const answer = (await response.json()) as { data?: { result?: { value?: [number, string] }[] } };
  const [seconds, text] = answer.data?.result?.[0]?.value ?? [];
  const perMonth = Number(text);
  if (seconds === undefined || !Number.isFinite(perMonth)) return null;
  return { perMonth, time: new Date(seconds * 1000).toISOString() };
}

/** Asks every 15 s until `signal`; what was known stays while Prometheus does not answer. */
export async function followSaving(
  prometheus: string,
  onSaving: (saving: Saving) => void,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      onSaving(await readSaving(prometheus, signal));
      failing = false;
    } catch (error) {
      if (!failing && !signal.aborted) log.warn({ err: error }, "the saving cannot be read from Prometheus");
      failing = true;
    }
    await delay(15_000, undefined, { signal }).catch(() => undefined);
  }
}

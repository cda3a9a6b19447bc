// Readiness, liveness and startup probes: one attempt, and what a row of attempts means.
import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { V1Container, V1Probe } from "@kubernetes/client-node";
import { exchange } from "../../../balancer/kube/http.ts";

export interface ProbeTally {
  successes: number;
  failures: number;
}

/** Counts one attempt and says whether a threshold (1 success, 3 failures by default) is reached. Pure. */
export function tally(
  before: ProbeTally,
  ok: boolean,
  probe: V1Probe,
): ProbeTally & { verdict?: "up" | "down" } {
  const successes = ok ? before.successes + 1 : 0;
  const failures = ok ? 0 : before.failures + 1;
  if (successes >= (probe.successThreshold ?? 1)) return { successes, failures, verdict: "up" };
  if (failures >= (probe.failureThreshold ?? 3)) return { successes, failures, verdict: "down" };
  return { successes, failures };
}

export interface ProbeTarget {
  container: V1Container;
  podIP: string;
}

function portNumber(port: number | string, container: V1Container): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
  if (Number.isNaN(named)) throw new Error(`container ${container.name} has no port named "${port}"`);
  return named;
}

/** One attempt. Resolves with undefined when it succeeded, else with what went wrong. */
export async function attemptProbe(probe: V1Probe, target: ProbeTarget): Promise<string | undefined> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.tcpSocket) {
      const host = probe.tcpSocket.host ?? target.podIP;
      await tryConnect(host, portNumber(probe.tcpSocket.port, target.container), timeoutMs);
      return undefined;
    }
    if (probe.httpGet) {
      const { scheme = "HTTP", host = target.podIP, port, path = "/", httpHeaders = [] } = probe.httpGet;
      const url = `${scheme.toLowerCase()}://${host}:${portNumber(port, target.container)}${path}`;
      const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
      const status = await httpStatus(url, headers, timeoutMs);
      return status >= 200 && status < 400 ? undefined : `GET ${url}: status ${status}`;
    }
    return "the probe names no action";
  } catch (error) {
    const { name, message } = error as Error;
    return name === "TimeoutError" ? `no answer within ${timeoutMs} ms` : message;
  }
}

function tryConnect(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    socket.once("connect", () => resolve(void socket.destroy()));
    socket.once("error", reject);
    socket.once("timeout", () =>
      socket.destroy(new Error(`${host}:${port}: no answer within ${timeoutMs} ms`)),
    );
  });
}

/** Like a kubelet's, without a look at the certificate: it is the pod's own. */
const agents = { "http:": new http.Agent(), "https:": new https.Agent({ rejectUnauthorized: false }) };

const httpStatus = (url: string, headers: Record<string, string>, timeoutMs: number): Promise<number> =>
  exchange(
    url,
    {
      method: "GET",
      headers: { "User-Agent": "kube-probe", ...headers },
      agent: agents[new URL(url).protocol as keyof typeof agents],
      signal: AbortSignal.timeout(timeoutMs),
    },
    ({ statusCode }) => Promise.resolve(statusCode),
  );

/**
 * Probes until the signal ends it; `report` is told each verdict, with the last failure's words for "down".
 * `until` ends it after a verdict, as a startup probe ends.
 */
export async function runProbe(
  probe: V1Probe,
  target: ProbeTarget,
  signal: AbortSignal,
  report: (verdict: "up" | "down", message: string) => void,
  until: "up" | "never" = "never",
): Promise<void> {
  let counts: ProbeTally = { successes: 0, failures: 0 };
  await delay((probe.initialDelaySeconds ?? 0) * 1000, undefined, { signal });
  for (;;) {
    const failure = await attemptProbe(probe, target);
    if (signal.aborted) return;
    const next = tally(counts, failure === undefined, probe);
    counts = next;
    if (next.verdict) report(next.verdict, failure ?? "");
    if (next.verdict === until) return;
    await delay((probe.periodSeconds ?? 10) * 1000, undefined, { signal });
  }
}

// `npm start -- --demo`: load comes to the API and to the bank, autoscalers answer, regular nodes fill up, what matters least
// goes to spot; the load ends, and it comes back. Each step is told once the cluster shows it.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AutoscalingV2Api, type KubeConfig, type V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { readProfile } from "../../load/profile.ts";
import { runLoad } from "../../load/run.ts";
import type { PhaseSummary } from "../../load/summary.ts";
import { stateDir } from "../environment.ts";
import { waitFor } from "../kube.ts";
import { type Decision, viewCluster } from "../scenario/clusterView.ts";
import { requestRound } from "../scenario/rounds.ts";
import { type Usage, readUsage, setUsage } from "../scenario/usage.ts";

export interface DemoStage {
  config: KubeConfig;
  /** The page's address, which is also the API's. */
  page: string;
  say: (line: string) => void;
  signal?: AbortSignal;
}

const bank = "banking";
/** What the bank uses at its busiest: with the rest more than nine tenths of two nodes with 3.86 cores each. */
const rush: Usage = { payments: "2500m", accounts: "1400m", "fraud-check": "2", ledger: "1200m" };

/** Bounds for a slow machine, not what it takes, ms. */
const patience = { scaling: 240_000, moving: 420_000 };
/** How long one can look at the busy page before the load ends, ms. */
const pause = 20_000;

/** @throws when a step does not show in the cluster in its time */
export async function playDemo({ config, page, say, signal }: DemoStage): Promise<void> {
  const before = await readUsage(config, bank, Object.keys(rush));
  const begun = Date.now();
  const end = new AbortController();
  const load = runLoad({
    ...{ url: new URL(page), profile: readProfile(join(import.meta.dirname, "load.yaml")) },
    recordsFile: join(stateDir, "load/records.jsonl"),
    signal: AbortSignal.any([end.signal, ...(signal ? [signal] : [])]),
  });
  load.catch(() => undefined); // heard below
  try {
    say(`\nThe demo: watch it on ${page}`);
    say("\n1. Load comes to the API: 130 requests a second");
    say(`     ${await scaledUp(config, "backend", signal)}`);

    say("\n2. The bank's busiest hour begins");
    await setUsage(config, bank, rush);
    say(`     ${await scaledUp(config, bank, signal)}`);

    say("\n3. Regular nodes are full: what matters least goes to spot");
    const moved = await decided(config, begun, isByPressure, signal);
    for (const decision of moved) say(lineOf(decision));

    await delay(pause, undefined, { signal });
    say("\n4. The load ends: what was moved for it comes back");
    await setUsage(config, bank, before);
    end.abort();
    for (const phase of await load) say(`     ${summaryOf(phase)}`);
    const names = new Set(moved.map(({ workload }) => workload));
    const since = Date.now();
    const back = (decision: Decision) => decision.action === "MoveToRegular" && names.has(decision.workload);
    for (const decision of await decided(config, since, back, signal)) say(lineOf(decision));
    say("     The autoscalers take their replicas back within the next minutes.");
  } finally {
    end.abort();
    await setUsage(config, bank, before);
    await load.catch(() => undefined);
  }
}

const isByPressure = ({ action, reason }: Decision): boolean =>
  action === "MoveToSpot" && reason === "RegularPressure";

const describe = ({ metadata, status }: V2HorizontalPodAutoscaler): string =>
  `${metadata?.name} ${status?.currentReplicas} → ${status?.desiredReplicas} replicas`;

/** Waits until an autoscaler of the namespace wants more than it must have. */
function scaledUp(config: KubeConfig, namespace: string, signal: AbortSignal | undefined): Promise<string> {
  const api = config.makeApiClient(AutoscalingV2Api);
  return waitFor(
    async () => {
      const { items } = await api.listNamespacedHorizontalPodAutoscaler({ namespace });
      const grown = items.filter(
        ({ spec, status }) => (status?.desiredReplicas ?? 0) > (spec.minReplicas ?? 1),
      );
      return grown.length > 0 && `${clock(Date.now())}  ${grown.map(describe).join(", ")}`;
    },
    { what: `more replicas in ${namespace}`, timeoutMs: patience.scaling, intervalMs: 1_000, signal },
  );
}

/** Waits for decisions of that kind, with extra rounds of the balancer, so that nobody waits for the minute. */
function decided(
  config: KubeConfig,
  since: number,
  isMeant: (decision: Decision) => boolean,
  signal: AbortSignal | undefined,
): Promise<Decision[]> {
  const view = viewCluster(config);
  return waitFor(
    async () => {
      const found = (await view.decisions()).filter((decision) => decision.at >= since && isMeant(decision));
      if (found.length > 0) return found;
      await requestRound(config, Date.now());
      return undefined;
    },
    { what: "the balancer's move", timeoutMs: patience.moving, intervalMs: 2_000, signal },
  );
}

const clock = (time: number): string => new Date(time).toLocaleTimeString("en-GB");
const lineOf = ({ at, namespace, workload, reason, message }: Decision): string =>
  `     ${clock(at)}  ${namespace}/${workload}  ${reason}\n               ${message}`;
const summaryOf = ({ requests, ratePerSecond, failed, latencyMs, variants }: PhaseSummary): string =>
  `${requests} requests, ${ratePerSecond.toFixed(0)} a second, ${failed} failed; ` +
  `half of them within ${latencyMs?.p50.toFixed(0) ?? "–"} ms; ` +
  Object.entries(variants)
    .map(([variant, count]) => `${count} answered by variant ${variant}`)
    .join(", ");

// `npm start -- --demo`: load comes to the API and to the bank, autoscalers answer, regular nodes fill up, what matters least
// goes to spot; the load ends, and it comes back. Each step is told once the cluster shows it.
import { setTimeout as delay } from "node:timers/promises";
import type { PhaseSummary } from "../../load/summary.ts";
import { waitFor } from "../waitFor.ts";
import type { Decision } from "../scenario/clusterView.ts";
import type { Usage } from "../scenario/usage.ts";
import type { DemoCluster } from "./cluster.ts";
import { GrowingLoad } from "./growingLoad.ts";
import { clock } from "../scenario/lines.ts";
import { decisionLine, decisionText, loadText, scalingText } from "./lines.ts";

export interface DemoStage {
  cluster: DemoCluster;
  /** The page's address, for who watches. */
  page: string;
  /** More load on the API, `loadPerSecond` of it, until the signal; returns what it was. */
  startLoad: (signal: AbortSignal) => Promise<PhaseSummary[]>;
  say: (line: string) => void;
  signal?: AbortSignal;
  /** What differs from the usual. */
  times?: Partial<Times>;
}

/** All in ms. */
interface Times {
  /** The longest that autoscalers, and the balancer, may take. */
  scaling: number;
  moving: number;
  /** How long autoscalers may be content with the load before there is more of it: machines differ in what keeps them busy. */
  surge: number;
  /** How long one can look at the busy page before the load ends. */
  pause: number;
  /** Between two looks at the cluster. */
  look: number;
}

/** The longest ones are bounds for a slow machine, not what it takes. */
const usual: Times = { scaling: 300_000, moving: 420_000, surge: 60_000, pause: 20_000, look: 1_000 };

/** Requests a second of load.yaml. */
const loadPerSecond = 330;
const mostLoads = 4;

const bank = "banking";
/** What the bank uses at its busiest: with the rest more than nine tenths of two nodes with 3.86 cores each. */
const rush: Usage = { payments: "2500m", accounts: "1400m", "fraud-check": "2", ledger: "1200m" };

/** @throws when a step does not show in the cluster in its time, with what was seen last, or when the load fails */
export async function playDemo(stage: DemoStage): Promise<void> {
  const { cluster, startLoad, signal } = stage;
  const before = await cluster.readUsage(bank, Object.keys(rush));
  const over = new AbortController();
  const until = AbortSignal.any([over.signal, ...(signal ? [signal] : [])]);
  const load = new GrowingLoad(startLoad, until);
  const endRush = () => cluster.setUsage(bank, before);
  try {
    await Promise.race([tell({ ...stage, signal: until }, load, endRush), load.failure]);
  } finally {
    over.abort();
    await endRush();
    await load.stop();
  }
}

async function tell(stage: DemoStage, load: GrowingLoad, endRush: () => Promise<void>): Promise<void> {
  const { cluster, page, say, signal } = stage;
  const begun = Date.now();
  say(`\nThe demo: watch it on ${page}`);
  load.add();
  say(`\n1. Load comes to the API: ${loadPerSecond} requests a second`);
  const { surge } = { ...usual, ...stage.times };
  let last = begun;
  const loadMore = (): void => {
    if (Date.now() - last < surge || load.parts === mostLoads) return;
    last = Date.now();
    load.add();
    say(
      `     ${clock(last)}  that is little for this machine: ${load.parts * loadPerSecond} requests a second`,
    );
  };
  say(`     ${await scaledUp(stage, "backend", loadMore)}`);

  say("\n2. The bank's busiest hour begins");
  await cluster.setUsage(bank, rush);
  say(`     ${await scaledUp(stage, bank)}`);

  say("\n3. Regular nodes are full: what matters least goes to spot");
  const isByPressure = ({ action, reason }: Decision) =>
    action === "MoveToSpot" && reason === "RegularPressure";
  const moved = await decided(stage, "a move to spot because regular nodes are full", begun, isByPressure);
  for (const decision of moved) say(decisionLine(decision));

  await delay(stage.times?.pause ?? usual.pause, undefined, { signal });
  say("\n4. The load ends: what was moved for it comes back");
  await endRush();
  for (const phase of await load.end()) say(`     ${loadText(phase)}`);
  const names = new Set(moved.map(({ workload }) => workload));
  const isBack = ({ action, isMove, workload }: Decision) =>
    isMove && action === "MoveToRegular" && names.has(workload);
  const what = `a move back to regular of ${[...names].join(" or ")}`;
  for (const decision of await decided(stage, what, Date.now(), isBack)) say(decisionLine(decision));
  say("     The autoscalers take their replicas back within the next minutes.");
}

/** Waits until an autoscaler of the namespace wants more than it must have. */
function scaledUp(
  { cluster, times, signal }: DemoStage,
  namespace: string,
  whileContent?: () => void,
): Promise<string> {
  const { scaling: timeoutMs, look: intervalMs } = { ...usual, ...times };
  let seen = "";
  const look = async (): Promise<string | false> => {
    const all = await cluster.autoscalers(namespace);
    seen = all.map(scalingText).join(", ");
    const grown = all.filter(({ min, desired }) => desired > min);
    if (grown.length === 0) whileContent?.();
    return grown.length > 0 && `${clock(Date.now())}  ${grown.map(scalingText).join(", ")}`;
  };
  const what = `more replicas in ${namespace}`;
  return waitFor(look, { what, timeoutMs, intervalMs, signal }).catch(withLastSeen(() => seen));
}

/** Waits for decisions of that kind, with extra rounds of the balancer. */
function decided(
  { cluster, times, signal }: DemoStage,
  what: string,
  since: number,
  isMeant: (decision: Decision) => boolean,
): Promise<Decision[]> {
  const { moving: timeoutMs, look: intervalMs } = { ...usual, ...times };
  let seen: Decision[] = [];
  const look = async (): Promise<Decision[] | false> => {
    seen = (await cluster.decisions()).filter(({ at }) => at >= since);
    const found = seen.filter(isMeant);
    if (found.length > 0) return found;
    await cluster.requestRound();
    return false;
  };
  return waitFor(look, { what, timeoutMs, intervalMs, signal }).catch(
    withLastSeen(() => seen.slice(-5).map(decisionText).join(", ")),
  );
}

const withLastSeen =
  (seen: () => string) =>
  (error: Error): never => {
    const advice = "`npm run local -- status` and `npm run local -- watch` say more; then start it again";
    throw new Error(`${error.message}; last seen: ${seen() || "nothing"}. ${advice}.`, {
      cause: error.cause,
    });
  };

// Everything the page knows, in one place; React draws what changed.
import { useSyncExternalStore } from "react";
import type { Cluster, Info, Sample, Status } from "./api.ts";
import { applyDelta } from "./cluster.ts";
import { follow } from "./connection.ts";
import { type Tracked, nothingTracked, trackMoves } from "./moves.ts";
import { getHistory, getInfo, getMachines } from "./requests.ts";
import { type Columns, append, emptyColumns, fromHistory } from "./samples.ts";

export interface State {
  connection: { kind: "connecting" } | { kind: "live" } | { kind: "lost"; since: number };
  status: Status | undefined;
  cluster: Cluster | undefined;
  tracked: Tracked;
  info: Info | undefined;
  /** Whose samples are drawn; undefined until one is known. */
  machine: string | undefined;
  machines: string[];
  columns: Columns;
  latest: Sample | undefined;
  /** Answers to this page by variant. */
  answers: Record<string, number>;
}

/** How much of the past the charts show, in seconds. */
export const shownSeconds = 600;
/** How often the page asks who answers, in milliseconds. */
const askEvery = 3000;

let state: State = {
  connection: { kind: "connecting" },
  status: undefined,
  cluster: undefined,
  tracked: nothingTracked,
  info: undefined,
  machine: undefined,
  machines: [],
  columns: emptyColumns,
  latest: undefined,
  answers: {},
};
const listeners = new Set<() => void>();

function change(part: Partial<State>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The selected part of the state; the component is drawn again when that part is another object. */
export const useStore = <Part>(select: (state: State) => Part): Part =>
  useSyncExternalStore(subscribe, () => select(state));

export function countAnswers(byVariant: Record<string, number>): void {
  const answers = { ...state.answers };
  for (const [variant, more] of Object.entries(byVariant)) answers[variant] = (answers[variant] ?? 0) + more;
  change({ answers });
}

/** Shows another machine: its history first, then what the feed brings. */
export async function chooseMachine(machine: string): Promise<void> {
  change({ machine, columns: emptyColumns, latest: undefined });
  try {
    const { body } = await getHistory(machine, shownSeconds, 300);
    if (state.machine !== machine) return;
    // Samples that came meanwhile are newer than the history.
    const { times, cpu, memory } = state.columns;
    const past = fromHistory(body);
    const from = times.findIndex((time) => time > (past.times.at(-1) ?? -Infinity));
    const newer = <Value>(values: Value[]) => (from === -1 ? [] : values.slice(from));
    change({
      columns: {
        times: [...past.times, ...newer(times)],
        cpu: [...past.cpu, ...newer(cpu)],
        memory: [...past.memory, ...newer(memory)],
      },
    });
  } catch {
    // The status line says what is wrong with the database; the charts fill from the feed.
  }
}

function takeSample(sample: Sample): void {
  if (!state.machines.includes(sample.machine)) {
    change({ machines: [...state.machines, sample.machine].sort() });
  }
  if (state.machine === undefined) void chooseMachine(sample.machine);
  if (sample.machine !== state.machine) return;
  change({ latest: sample, columns: append(state.columns, sample, shownSeconds) });
}

function takeCluster(cluster: Cluster): void {
  const before = state.cluster ?? cluster;
  change({ cluster, tracked: trackMoves(state.tracked, before, cluster, Date.now()) });
}

async function loadMachines(): Promise<void> {
  const { body } = await getMachines();
  const machines = body.machines.map(({ machine }) => machine).sort();
  change({ machines });
  const newest = body.machines.toSorted((a, b) => b.time.localeCompare(a.time))[0];
  if (state.machine === undefined && newest) await chooseMachine(newest.machine);
}

async function ask(): Promise<void> {
  try {
    const { body, variant } = await getInfo();
    change({ info: body });
    countAnswers({ [variant ?? body.variant]: 1 });
  } catch {
    // The connection's state is told by the feed.
  }
}

/** Starts what keeps the state current, for as long as the page is open. */
export function start(): void {
  follow({
    sample: takeSample,
    cluster: takeCluster,
    delta: (delta) => {
      if (state.cluster) takeCluster(applyDelta(state.cluster, delta));
    },
    status: (status) => change({ status }),
    reset: () => {
      if (state.machine !== undefined) void chooseMachine(state.machine);
    },
    connection: (connection) => change({ connection }),
  });
  loadMachines().catch(() => undefined); // the feed's samples name them too
  void ask();
  setInterval(() => {
    if (!document.hidden) void ask();
  }, askEvery);
}

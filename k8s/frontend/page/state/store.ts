// Everything the page knows, in one place; React draws what changed.
import { useSyncExternalStore } from "react";
import type { Cluster, Info, Sample, Status } from "./api.ts";
import { applyDelta } from "./cluster.ts";
import { follow } from "./connection.ts";
import { type Tracked, nothingTracked, trackMoves } from "./moves.ts";
import { getHistory, getInfo, getMachines } from "./requests.ts";
import { type Columns, append, emptyColumns, fromHistory, join } from "./samples.ts";

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
  const answers = new Map(Object.entries(state.answers)); // a variant may have any name
  for (const [variant, more] of Object.entries(byVariant))
    answers.set(variant, (answers.get(variant) ?? 0) + more);
  change({ answers: Object.fromEntries(answers) });
}

/** Shows another machine: its history first, then what the feed brings. */
export async function chooseMachine(machine: string): Promise<void> {
  change({ machine, columns: emptyColumns, latest: undefined });
  await readAgainLater(() => loadHistory(machine));
}

async function loadHistory(machine: string): Promise<void> {
  const { body } = await getHistory(machine, shownSeconds, 300);
  // Samples that came meanwhile are newer than the history.
  if (state.machine === machine) change({ columns: join(fromHistory(body), state.columns) });
}

/** Could not be read; the status line says why. Meanwhile the charts fill from the feed. */
let unread = new Set<() => Promise<void>>();

async function readAgainLater(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch {
    unread.add(read);
  }
}

function takeStatus(status: Status): void {
  change({ status });
  if (!status.database.up) return;
  const again = unread;
  unread = new Set();
  for (const read of again) void readAgainLater(read);
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
  change({ machines: body.machines.map(({ machine }) => machine).sort() });
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
    status: takeStatus,
    reset: () => {
      const { machine } = state;
      if (machine !== undefined) void readAgainLater(() => loadHistory(machine));
    },
    connection: (connection) => change({ connection }),
  });
  void readAgainLater(loadMachines);
  void ask();
  setInterval(() => {
    if (!document.hidden) void ask();
  }, askEvery);
}

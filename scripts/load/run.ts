// A load profile from its first phase to its last one.
import { type Client, connectTo, knock, machinesOf } from "./client.ts";
import { type Progress, runPhase } from "./phase.ts";
import type { Phase, Profile } from "./profile.ts";
import { RecordsFile } from "./records.ts";
import { needsMachines } from "./requests.ts";
import { type PhaseSummary, summarize } from "./summary.ts";

export interface LoadOptions {
  /** `http(s)://host[:port][/prefix]` */
  url: URL;
  profile: Profile;
  /** Path of the JSONL file between a phase that keeps answers and one that posts them. */
  recordsFile: string;
  /** Stops at once; what was measured by then is returned. */
  signal: AbortSignal;
  /** Even in [0, 1). */
  random?: () => number;
  onProgress?: (progress: Progress) => void;
  progressMs?: number;
}

/** As many as the users of a phase, up to what a machine easily has. */
const maxConnections = 512;
const firstAnswerMs = 10_000;

/** @throws UnreachableError when nothing answers there, InputError when there are no records to post */
export async function runLoad(options: LoadOptions): Promise<PhaseSummary[]> {
  const { url, profile, signal } = options;
  const connections = Math.min(maxConnections, Math.max(...profile.phases.map(({ users }) => users)));
  const client = connectTo(url, connections);
  const summaries: PhaseSummary[] = [];
  try {
    await knock(client, url, firstAnswerMs);
    for (const phase of profile.phases) {
      if (signal.aborted) break;
      summaries.push(await oncePhase(phase, client, options));
    }
    return summaries;
  } finally {
    await client.close();
  }
}

async function oncePhase(phase: Phase, client: Client, options: LoadOptions): Promise<PhaseSummary> {
  const {
    recordsFile,
    signal,
    random = Math.random,
    onProgress = () => undefined,
    progressMs = 1000,
  } = options;
  const records = new RecordsFile(recordsFile);
  const posts = phase.requests.some(({ body }) => body === "record");
  const result = await runPhase(phase, {
    machines: phase.requests.some(needsMachines) ? await machinesOf(client, firstAnswerMs) : [],
    records: posts ? records.read() : undefined,
    keep: (answer) => records.add(answer),
    ...{ client, random, signal, onProgress, progressMs },
  });
  return summarize(phase, result, options.profile.thresholds, await records.close());
}

// A load profile from its first phase to its last one.
import { InputError } from "../../balancer/failures.ts";
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
  /** Without it the API stores no samples. */
  token?: string | undefined;
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

/**
 * What may be wrong is found before load begins: later it would cost the figures of the phases before.
 * @throws UnreachableError when nothing answers there, InputError when there are no records to post
 */
export async function runLoad(options: LoadOptions): Promise<PhaseSummary[]> {
  const { url, profile, signal } = options;
  const { phases } = profile;
  const records = new RecordsFile(options.recordsFile);
  const first = phases.find((phase) => keeps(phase) || posts(phase));
  if (first && posts(first) && records.read().length === 0) {
    throw new InputError(`${options.recordsFile} has no records; a phase with \`record\` writes them first`);
  }
  const users = Math.max(...phases.map(({ users }) => users));
  const client = connectTo(url, Math.min(maxConnections, users), options.token);
  const summaries: PhaseSummary[] = [];
  try {
    await knock(client, url, signal);
    const isNeeded = phases.some(({ requests }) => requests.some(needsMachines));
    const machines = isNeeded ? await machinesOf(client, signal) : [];
    for (const phase of phases) {
      if (signal.aborted) break;
      summaries.push(await oncePhase(phase, { client, machines, records }, options));
    }
    return summaries;
  } catch (error) {
    if (signal.aborted) return summaries; // before the first phase
    throw error;
  } finally {
    await client.close();
  }
}

const keeps = ({ requests }: Phase): boolean => requests.some(({ record }) => record);
const posts = ({ requests }: Phase): boolean => requests.some(({ body }) => body === "record");

interface Stage {
  client: Client;
  machines: readonly string[];
  records: RecordsFile;
}

async function oncePhase(phase: Phase, stage: Stage, options: LoadOptions): Promise<PhaseSummary> {
  const { client, machines, records } = stage;
  const { signal, random = Math.random, onProgress = () => undefined, progressMs = 1000 } = options;
  const toPost = posts(phase) ? records.read() : undefined;
  if (keeps(phase)) records.open();
  const result = await runPhase(phase, {
    records: toPost,
    keep: (answer) => records.add(answer),
    ...{ client, machines, random, signal, onProgress, progressMs },
  });
  const kept = keeps(phase) ? records.close() : 0;
  return summarize(phase, result, options.profile.thresholds, kept);
}

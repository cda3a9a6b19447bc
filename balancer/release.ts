// Takes back everything that the balancer has left in a cluster: placements, annotations, placeholders, its memory.
//
// What is ours is told by who owns which field; by policy only where others have copied it.
import timers from "node:timers/promises";
import { isStatus } from "./kube/apiError.ts";
import type { KubeClient } from "./kube/client.ts";
import { workloadKey } from "./model.ts";
import { by } from "./decide/world.ts";
import type { Policy } from "./policy.ts";
import { evictPlaced } from "./release/eviction.ts";
import { listTraced, type Traced } from "./release/list.ts";
import { type ReleaseResult, takeBack, withoutAnnotations } from "./release/takeBack.ts";
import { clearMemory } from "./release/memory.ts";
import { type Placeholders, listPlaceholders, removePlaceholders } from "./release/placeholders.ts";
import { isMade, tracesOn } from "./release/traces.ts";
import { rootCause } from "./failures.ts";

export interface ReleaseOptions {
  /** One that writes only while the Lease is held (`writingUnder`). */
  client: KubeClient;
  /** Only these; missing: all of them, and with them placeholders and memory. */
  namespaces?: readonly string[];
  /** Tells what is ours by its values, where somebody has brought it in under his own name; missing: AKS' labels do. */
  policy?: Policy;
  /** Of the state. */
  namespace: string;
  dryRun: boolean;
  /** Keeps the Lease through a wait. */
  stillHeld: () => Promise<unknown>;
  /** Workloads a minute; missing: all at once. */
  pace?: number;
  /** No further workload is begun once it is aborted. */
  stop: AbortSignal;
  /** Told of each workload as it is done. */
  onResult?: (result: ReleaseResult) => void;
}

export interface Released {
  results: ReleaseResult[];
  /** Placeholder pods that were removed; in a dry run those that would be. */
  placeholders: number;
  /** Workloads that still have something of ours, by a look after the work; in a dry run those that would be released. */
  left: number;
  /** What could not be done, a sentence each. */
  problems: string[];
}

export async function release(options: ReleaseOptions): Promise<Released> {
  const { client, namespaces, dryRun, stop } = options;
  const found = await listTraced(client, namespaces);
  const mine = found
    .filter(({ object }) => !isMade(object))
    .sort(by(({ workload }) => workloadKey(workload)));
  if (dryRun) return planned(mine, namespaces ? nothing : await listPlaceholders(client));

  const results: ReleaseResult[] = [];
  for (const [index, each] of mine.entries()) {
    if (index > 0) await pause(options);
    const result: ReleaseResult = stop.aborted
      ? {
          workload: each.workload,
          result: "Left",
          message: "it was not tried: the release was stopped before",
        }
      : await releaseOne(options, each);
    results.push(result);
    options.onResult?.(result);
  }
  const untaken = results.filter(({ result }) => result === "Left");
  const problems = untaken.map(({ workload, message }) => `${workloadKey(workload)}: ${message}`);
  if (stop.aborted) return { results, placeholders: 0, left: problems.length, problems };

  // Only when their Deployments have none any more: its controller copies them from there.
  const copies = await cleanCopies(options);
  const forgotten = await clearMemory(client, options.namespace, namespaces);
  const kept = namespaces ? { removed: 0, ...nothing } : await removePlaceholders(client);
  const left = await listTraced(client, namespaces);
  const told = new Set(untaken.map(({ workload }) => workloadKey(workload)));
  const silent = left
    .filter(({ workload }) => !told.has(workloadKey(workload)))
    .map(
      ({ workload, object }) => `${workloadKey(workload)}: has ${tracesOn(object).join(", ")} again, or anew`,
    );
  return {
    results,
    placeholders: kept.removed,
    left: left.length,
    problems: [...problems, ...copies, ...silent, ...forgotten, ...kept.problems],
  };
}

const nothing: Placeholders = { found: [], problems: [] };

function planned(mine: Traced[], { found, problems }: Placeholders): Released {
  const results = mine.map(({ workload, object }): ReleaseResult => {
    return { workload, result: "Planned", message: tracesOn(object).join(", ") };
  });
  return { results, placeholders: found.length, left: results.length, problems };
}

async function releaseOne(
  { client, policy }: ReleaseOptions,
  { workload, object }: Traced,
): Promise<ReleaseResult> {
  const result = await takeBack(client, workload, policy);
  // Nothing replaces the pods of such a one by itself.
  if (result.result !== "Released" || workload.kind !== "ReplicaSet") return result;
  try {
    const problem = await evictPlaced(client, workload, object.metadata.uid);
    return problem === undefined ? result : { ...result, result: "Left", message: problem };
  } catch (error) {
    if (isStatus(error, 404)) return { ...result, result: "Gone", message: "it was deleted" };
    return { ...result, result: "Left", message: `its pods still tolerate spot: ${rootCause(error)}` };
  }
}

/** A controller that has not yet seen the release copies once more, so it is looked at again until none is found. */
async function cleanCopies({ client, namespaces, stop }: ReleaseOptions): Promise<string[]> {
  for (let looks = 0; ; looks++) {
    const copies = (await listTraced(client, namespaces)).filter(({ object }) => isMade(object));
    if (copies.length === 0 || looks === mostLooks || stop.aborted) return [];
    const problems: string[] = [];
    for (const { workload, object } of copies) {
      try {
        await withoutAnnotations(client, workload, object);
      } catch (error) {
        // What was deleted meanwhile has none any more.
        if (!isStatus(error, 404)) problems.push(`${workloadKey(workload)}: ${rootCause(error)}`);
      }
    }
    if (problems.length > 0) return problems;
    await timers.setTimeout(lookMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

const mostLooks = 10;
const lookMs = 1000;

/** In short parts, each of which keeps the Lease by asking for it, and ends early when the release is stopped. */
async function pause({ client, pace, stop, stillHeld }: ReleaseOptions): Promise<void> {
  if (pace === undefined) return;
  const until = client.now() + 60_000 / pace;
  while (client.now() < until && !stop.aborted) {
    await stillHeld();
    const rest = Math.min(5000, until - client.now());
    if (rest > 0) await timers.setTimeout(rest, undefined, { signal: stop }).catch(() => undefined);
  }
}

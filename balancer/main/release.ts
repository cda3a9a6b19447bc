// `--release`: takes back everything of ours, under the Lease, so that no round places anew meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import { InputError, UnreachableError, exitCodes } from "../failures.ts";
import { isForbidden, isStatus, isTerminating } from "../kube/apiError.ts";
import { type ClusterAccess, type KubeClient, connect } from "../kube/client.ts";
import { type Lease, acquireLease, isReleased, writingUnder } from "../lease.ts";
import type { Policy } from "../policy.ts";
import { printable, printableJson, printableLine } from "../printable.ts";
import { type Released, release } from "../release.ts";
import type { ReleaseResult } from "../release/takeBack.ts";
import { displayName } from "../report.ts";
import type { Options } from "./options.ts";
import { newIdentity, withinTime } from "./time.ts";

const pollMs = 1000;

type ReleaseFlags = Pick<Options, "namespace" | "namespaces" | "pace" | "dryRun" | "deadline" | "output"> & {
  policy?: Policy;
};

/** @returns the exit code: 3 when something of ours is left */
export async function runRelease(
  options: ReleaseFlags,
  config: ClusterAccess,
  ending: AbortSignal,
): Promise<number> {
  return withinTime({ what: "release", deadline: options.deadline, ending }, async ({ stop, cut }) => {
    const client = connect(config, { signal: cut });
    try {
      await checkNamespaces(client, options.namespaces);
      return await releaseUnderLease(client, options, stop);
    } catch (error) {
      if (options.namespaces || !isForbidden(error)) throw error;
      const hint = "With rights in some namespaces alone, name them: --namespaces a,b";
      throw new UnreachableError(`${(error as Error).message}\n${hint}`, { cause: error });
    } finally {
      await client.close();
    }
  });
}

/** In one that is not there nothing is ever left: a slip of the pen would look like a release (kubernetes/kubernetes#75537). */
async function checkNamespaces(client: KubeClient, names: string[] = []): Promise<void> {
  for (const name of names) {
    try {
      await client.send({ path: `/api/v1/namespaces/${name}` });
    } catch (error) {
      if (isStatus(error, 404)) throw new InputError(`--namespaces: the cluster has no namespace ${name}`);
      // Who may write there need not have the right to see it.
      if (!isStatus(error, 403)) throw error;
    }
  }
}

async function releaseUnderLease(
  client: KubeClient,
  { namespace, namespaces, policy, pace, dryRun, output }: ReleaseFlags,
  stop: AbortSignal,
): Promise<number> {
  const lease = dryRun ? undefined : await waitForLease(client, namespace, newIdentity(), stop);
  const onResult = output === "text" ? (result: ReleaseResult) => writeLine(textOf(result)) : undefined;
  let done: Released;
  let quietUntil: number | undefined;
  try {
    done = await release({
      client: lease ? writingUnder(lease, client) : client,
      ...{ namespace, namespaces, policy, dryRun, pace, stop, onResult },
      stillHeld: () => Promise.resolve(lease?.isHeld()),
    });
    // What is left is tried again at once: nobody should have to wait for our own Lease then.
    if (!namespaces && isComplete(done)) quietUntil = await lease?.leaveTaken();
  } finally {
    await lease?.release();
  }
  if (output === "json") writeLine(printableJson(JSON.stringify({ ...done, dryRun, quietUntil })));
  else {
    if (dryRun) for (const result of done.results) writeLine(textOf(result));
    for (const line of summary(done, dryRun, quietUntil)) writeLine(line);
  }
  if (dryRun || isComplete(done)) return exitCodes.done;
  process.stderr.write(
    `${printable(["Not everything could be taken back:", ...done.problems].join("\n"))}\n`,
  );
  return exitCodes.unreachable;
}

/** Whatever is left is told as a problem. */
const isComplete = ({ problems }: Released): boolean => problems.length === 0;

/**
 * A round that is under way ends within its deadline. Where the namespace of the Lease is gone, or ends and has lost it
 * (pixie-io/pixie#1917), no balancer could disturb, and there is nothing to hold.
 */
async function waitForLease(
  client: KubeClient,
  namespace: string,
  identity: string,
  stop: AbortSignal,
): Promise<Lease | undefined> {
  for (let told = false; ;) {
    const lease = await acquireLease(client, namespace, identity, isReleased).catch((error: unknown) => {
      if (isStatus(error, 404) || isTerminating(error)) return undefined;
      throw error;
    });
    if (!lease || !("heldBy" in lease)) return lease;
    const until = new Date(lease.until).toISOString();
    if (!told)
      writeError(`Waiting for ${lease.heldBy}, which holds the Lease until ${until} unless it renews it`);
    told = true;
    await delay(pollMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted)
      throw new UnreachableError(`Nothing was released: ${lease.heldBy} held the Lease all the time`);
  }
}

const labels: Record<ReleaseResult["result"], string> = {
  Released: "released",
  Left: "LEFT",
  Gone: "gone",
  Planned: "would be released",
};

const textOf = ({ workload, result, message }: ReleaseResult): string =>
  `${displayName(workload)}  ${labels[result]}  ${message}`;

function summary({ results, placeholders, left }: Released, dryRun: boolean, quietUntil?: number): string[] {
  if (dryRun) {
    const more = placeholders > 0 ? `, and ${placeholders} placeholders would be removed` : "";
    return [`${results.length} workloads have something of ours${more} (dry run: nothing was written)`];
  }
  const released = results.filter(({ result }) => result === "Released").length;
  const lines = [
    `${released} of ${results.length} workloads released, ${placeholders} placeholders removed, ${left} workloads left with something of ours`,
  ];
  if (quietUntil !== undefined) {
    const time = new Date(quietUntil).toISOString();
    lines.push(
      `No round begins before ${time} (Lease). A balancer that is still there then moves them again: delete it, or suspend its CronJob.`,
    );
  }
  return lines;
}

const writeLine = (line: string) => void process.stdout.write(`${printableLine(line)}\n`);
const writeError = (line: string) => void process.stderr.write(`${printableLine(line)}\n`);

// One round with connections of its own: cut off at its deadline, or when the program is to end.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { UnreachableError } from "../failures.ts";
import { type ClusterAccess, connect } from "../kube/client.ts";
import type { Policy } from "../policy.ts";
import { connectPrometheus } from "../prometheus.ts";
import type { Logger } from "../report.ts";
import type { Options } from "./options.ts";
import { type RoundResult, type Skipped, runRound } from "./round.ts";

/** After the deadline, or a signal, a write that is under way gets this long to end. */
const graceMs = 10_000;

export interface RoundSettings extends Pick<Options, "prometheus" | "namespace" | "dryRun" | "deadline"> {
  config: ClusterAccess;
  policy: Policy;
  log: Logger;
  /** No further step is begun once it is aborted; its reason is thrown when there is no plan yet. */
  ending: AbortSignal;
  /** For all queries to Prometheus together, instead of its own bound; ms. */
  usageMs?: number;
}

export async function oneRound(settings: RoundSettings): Promise<RoundResult | Skipped> {
  const { config, policy, namespace, dryRun, log, ending, deadline, usageMs } = settings;
  const stop = new AbortController();
  const cut = new AbortController();
  const end = (reason: unknown) => {
    stop.abort(reason);
    setTimeout(() => cut.abort(reason), graceMs).unref();
  };
  const timeout = setTimeout(
    () => end(new UnreachableError(`The round was not finished within ${deadline} s (--deadline)`)),
    deadline * 1000,
  ).unref();
  const onEnding = () => end(ending.reason);
  if (ending.aborted) onEnding();
  ending.addEventListener("abort", onEnding, { once: true });

  const { signal } = cut;
  const prometheus = connectPrometheus(settings.prometheus, { signal, budgetMs: usageMs });
  const client = connect(config, { signal });
  const identity = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  try {
    return await runRound({
      ...{ client, prometheus, policy, namespace, dryRun, identity, log },
      stop: stop.signal,
    });
  } finally {
    clearTimeout(timeout);
    ending.removeEventListener("abort", onEnding);
    // Requests that were left behind must not keep the process.
    cut.abort();
    await client.close();
  }
}

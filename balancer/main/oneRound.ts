// One round with connections of its own: cut off at its deadline, or when the program is to end.
import { type ClusterAccess, connect } from "../kube/client.ts";
import type { Policy } from "../policy.ts";
import { connectPrometheus } from "../prometheus.ts";
import { openAccess } from "../prometheus/access.ts";
import type { Logger } from "../report.ts";
import type { Options } from "./options.ts";
import { type RoundResult, type Skipped, runRound } from "./round.ts";
import { newIdentity, withinTime } from "./time.ts";

export interface RoundSettings extends Pick<
  Options,
  "prometheus" | "prometheusConfig" | "namespace" | "dryRun" | "deadline"
> {
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
  return withinTime({ what: "round", deadline, ending }, async ({ stop, cut }) => {
    const { prometheusConfig: file } = settings;
    const access = file === undefined ? undefined : openAccess(file, process.env);
    const prometheus = connectPrometheus(settings.prometheus, { signal: cut, budgetMs: usageMs, access });
    const client = connect(config, { signal: cut });
    const identity = newIdentity();
    try {
      return await runRound({ client, prometheus, policy, namespace, dryRun, identity, log, stop });
    } finally {
      await client.close();
    }
  });
}

// `watch`: stays, looks at the spot nodes all the time, and starts a round at once when one of them is about to end, is
// lost, or has come. The rounds are the CronJob's, under the same Lease; what is known between them is when to start one.
import { setTimeout as delay } from "node:timers/promises";
import { exitCodes, rootCause } from "../failures.ts";
import { connect } from "../kube/client.ts";
import { loadKubeConfig } from "../kube/config.ts";
import { watchList } from "../kube/watch.ts";
import { servePages } from "../metrics/exporter.ts";
import { createLog } from "../report.ts";
import { oneRound } from "./oneRound.ts";
import { parseWatchOptions, readPolicy } from "./options.ts";
import { aborted, listenAt, stopServing, untilSignal } from "./serving.ts";
import { releaseIfDeleted } from "./watch/releaseOnDelete.ts";
import { WatchMetrics } from "./watch/metrics.ts";
import { SpotNodes } from "./watch/nodes.ts";
import { Pace } from "./watch/pace.ts";
import { roundFor } from "./watch/round.ts";

/** A Prometheus that hangs must not take the half minute that a node's notice lasts; ms for all queries. */
const usageMs = 5000;

export async function watch(argv: string[]): Promise<number> {
  const options = parseWatchOptions(argv);
  if (!options) return exitCodes.done;
  const policy = readPolicy(options.policy);
  const config = loadKubeConfig(options, process.env);
  const ending = untilSignal();
  const log = createLog(options.logLevel);
  const client = connect(config, { signal: ending });
  const metrics = new WatchMetrics();

  const round = roundFor(
    () => oneRound({ ...options, ...{ config, policy, log, ending, usageMs } }),
    policy,
    (error) => ending.aborted || log.error({ problem: rootCause(error) }, "the round failed"),
  );
  const pace = new Pace({
    pauseMs: options.pause * 1000,
    signal: ending,
    now: () => performance.now(),
    wait: (ms) => delay(ms, undefined, { signal: ending }).catch(() => undefined),
    async round(causes) {
      log.info({ causes }, "round started by what was seen");
      return round();
    },
    told: (ended) => metrics.roundEnded(ended),
  });
  const nodes = new SpotNodes(policy, () => client.now(), {
    saw(cause, node) {
      log.info({ cause, node }, "seen of a spot node");
      pace.ask(cause);
    },
  });

  const server = servePages(() => metrics.text(nodes.count), () => metrics.isCurrent); // prettier-ignore
  await listenAt(server, options);
  const labelSelector = Object.entries(policy.pools.spot.nodeLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const onProblem = (problem: unknown) => {
    metrics.isCurrent = problem === undefined;
    if (problem !== undefined) log.warn({ problem: rootCause(problem) }, "nodes are not watched for now");
  };
  // No labels: there are no spot nodes, and nothing to wait for. That is known, so it is ready.
  metrics.isCurrent = labelSelector === "";
  const watching =
    labelSelector === ""
      ? aborted(ending)
      : watchList(client, "/api/v1/nodes", nodes, { query: { labelSelector }, signal: ending, onProblem }, nodes.keep); // prettier-ignore
  await Promise.all([watching, pace.run()]);
  stopServing(server);
  await client.close();
  const { releaseOnDelete: deployment } = options;
  const released = deployment && (await releaseIfDeleted(config, { ...options, deployment, policy }));
  return released || exitCodes.done;
}

// `metrics`, the exporter: serves the numbers of finished rounds until a signal comes.
import { exitCodes } from "../failures.ts";
import { connect } from "../kube/client.ts";
import { loadKubeConfig } from "../kube/config.ts";
import { serveMetrics } from "../metrics/exporter.ts";
import { parseMetricsOptions } from "./options.ts";
import { aborted, listenAt, stopServing, untilSignal } from "./serving.ts";

export async function exportMetrics(argv: string[]): Promise<number> {
  const options = parseMetricsOptions(argv);
  if (!options) return exitCodes.done;
  const ending = untilSignal();
  // Shorter than a scrape's own timeout, so that Prometheus hears why.
  const client = connect(loadKubeConfig(options, process.env), {
    signal: ending,
    timeoutMs: 4000,
    retries: 1,
  });
  const server = serveMetrics(client, options.namespace);
  await listenAt(server, options);
  await aborted(ending);
  stopServing(server);
  await client.close();
  return exitCodes.done;
}

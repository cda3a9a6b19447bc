// The program's parts wired together: started from settings, stopped without losing a request.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { connect } from "../../../balancer/kube/client.ts";
import { serviceAccountAccess } from "./cluster/api.ts";
import { followSaving } from "./cluster/saving.ts";
import type { Saving } from "./cluster/schemas.ts";
import { showsOf } from "./cluster/shown.ts";
import { ClusterView } from "./cluster/view.ts";
import type { Settings } from "./config.ts";
import { connectionOf } from "./database/connection.ts";
import { Database } from "./database/database.ts";
import { keepRetention } from "./database/retention.ts";
import { SampleStore } from "./database/store.ts";
import { waitingLimits } from "./feed/feedClients.ts";
import { SampleFeed } from "./feed/sampleFeed.ts";
import { aboutRoutes } from "./http/about.ts";
import { buildApp } from "./http/app.ts";
import { feedRoute } from "./http/feed.ts";
import { loadRoutes } from "./http/load.ts";
import { sampleRoutes } from "./http/samples.ts";
import { collect } from "./machine/collector.ts";
import { readMachine } from "./machine/readMachine.ts";
import { Metrics, metricsServer } from "./metrics.ts";
import type { Sample, Status } from "./schemas.ts";
import { version } from "./version.ts";

export interface Backend {
  /** `http://host:port` */
  url: string;
  metricsUrl: string;
  /** Readiness says no, requests go on for the configured time, then everything ends in order, once. */
  stop(): Promise<void>;
}

export async function startBackend(settings: Settings, log: Logger): Promise<Backend> {
  const { VARIANT: variant, INSTANCE: instance, MACHINE: machine } = settings;
  const ending = new AbortController();
  const { signal } = ending;
  let ready = false;
  let leaving = false;

  const database = new Database({
    connection: connectionOf(settings),
    connections: settings.DATABASE_CONNECTIONS,
    log,
  });
  const cluster = clusterOf(settings, log, signal);
  const metrics = new Metrics(
    { database: () => database.link.up, ...(cluster && { cluster: () => cluster.link.up }) },
    variant,
  );
  const store = new SampleStore(database, {
    retentionHours: settings.RETENTION_HOURS,
    ...(settings.COLLECT_SECONDS > 0 && { machine }),
    onStored: (counts) => metrics.insert(counts),
  });
  const off = { up: false, since: new Date().toISOString(), problem: "switched off (CLUSTER=off)" };
  const status = (): Status => ({ database: database.link.state, cluster: cluster?.link.state ?? off });

  const app = buildApp({
    ...{ variant, version, log, metrics, proxies: settings.PROXIES, leaving: () => leaving },
    requestTimeoutMs: settings.REQUEST_TIMEOUT_SECONDS * 1000,
  });
  await app.register((routes, _options, done) => {
    const scope = routes.withTypeProvider() as typeof app;
    const { CPU_TEST_MAX_SECONDS: maxSeconds, BURST_MAX_REQUESTS: maxRequests } = settings;
    const features = {
      cpuTest: maxSeconds ? { maxSeconds } : null,
      burst: maxRequests ? { maxRequests } : null,
    };
    const info = { variant, version, instance, machine, startedAt: new Date().toISOString(), features };
    aboutRoutes(scope, { info, status, cluster });
    sampleRoutes(scope, { database, store, token: settings.samplesToken });
    feedRoute(scope, {
      ...{ samples: new SampleFeed(database, log), cluster, status },
      limits: {
        ...{ clients: settings.FEED_CLIENTS, clientsPerAddress: settings.FEED_CLIENTS_PER_ADDRESS },
        ...waitingLimits,
      },
      links: [database.link, ...(cluster ? [cluster.link] : [])],
      onClients: (count) => metrics.clients(count),
    });
    loadRoutes(scope, {
      ...{ variant, instance, cpuTestMaxSeconds: maxSeconds, burstMaxRequests: maxRequests },
      burstUrl: () => settings.BURST_URL ?? `${addressOf(app.server.address())}/api/info`,
    });
    done();
  });

  const probes = metricsServer(metrics, () => ready);
  probes.listen(settings.METRICS_PORT, settings.LISTEN_HOST);
  await once(probes, "listening");
  await app.listen({ host: settings.LISTEN_HOST, port: settings.PORT });
  database.start();
  const background = [keepRetention(database, settings.RETENTION_HOURS, log, signal)];
  if (settings.COLLECT_SECONDS > 0) {
    const collector = {
      ...{ machine, log, signal, intervalMs: settings.COLLECT_SECONDS * 1000, read: () => readMachine() },
      store: (samples: Sample[]) => store.store(samples, "own"),
    };
    background.push(collect(collector));
  }
  if (cluster) background.push(cluster.run());
  if (cluster && settings.PROMETHEUS_URL !== undefined) {
    const onSaving = (saving: Saving): void => cluster.setSaving(saving);
    background.push(followSaving(settings.PROMETHEUS_URL, onSaving, log, signal));
  }
  // Who joins others should not answer that it has no database yet; without one for longer it is of use all the same.
  void database.tried.then(() => (ready = !leaving));
  const url = addressOf(app.server.address());
  log.info({ url, variant, instance, version }, "serving");

  async function end(): Promise<void> {
    ready = false;
    leaving = true;
    log.info("shutting down: not ready any more");
    await delay(settings.SHUTDOWN_DELAY_SECONDS * 1000);
    ending.abort();
    await app.close();
    await Promise.all(background);
    await store.settled();
    await database.stop();
    probes.close();
    probes.closeAllConnections();
    log.info("shut down");
  }
  let ended: Promise<void> | undefined;
  return { url, metricsUrl: addressOf(probes.address()), stop: () => (ended ??= end()) };
}

function clusterOf(settings: Settings, log: Logger, signal: AbortSignal): ClusterView | undefined {
  if (settings.CLUSTER === "off") return undefined;
  const host = settings.KUBERNETES_SERVICE_HOST!; // checked with the settings
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${settings.KUBERNETES_SERVICE_PORT}`;
  const access = serviceAccountAccess(server, settings.SERVICE_ACCOUNT_DIR);
  const client = connect(access, { signal, userAgent: "backend" });
  const shows = showsOf(settings.SHOWN_NAMESPACES);
  return new ClusterView({ client, spotNodeLabels: settings.spotNodeLabels, shows, log, signal });
}

function addressOf(address: AddressInfo | string | null): string {
  const { address: host, port, family } = address as AddressInfo;
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${family === "IPv6" ? `[${reachable}]` : reachable}:${port}`;
}

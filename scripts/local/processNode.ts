// The process node: a small kubelet whose pods run as processes of this machine. This file wires its parts.
import { mkdirSync, readFileSync } from "node:fs";
import type { Cluster, V1Service, V1Taint } from "@kubernetes/client-node";
import { connect } from "../../balancer/kube/client.ts";
import { watchList } from "../../balancer/kube/watch.ts";
import { createAuthority, issueCertificate } from "./controlPlane/certificates.ts";
import { loadKubeConfig, orMissing } from "./kube.ts";
import { kubeletApi, podsOfNode } from "./processNode/api.ts";
import { kubeletBackoff } from "./processNode/backoff.ts";
import type { Executables } from "./processNode/command.ts";
import { sendLog } from "./processNode/containerLogs.ts";
import { eventSink } from "./processNode/events.ts";
import { clusterAddresses } from "./processNode/clusterAddresses.ts";
import { kubeletAccess } from "./processNode/kubeletAccess.ts";
import { serveKubelet } from "./processNode/kubeletServer.ts";
import { LoopbackAddresses } from "./processNode/loopback.ts";
import { cadvisorMetrics, kubeletMetrics, resourceMetrics } from "./processNode/metricsText.ts";
import type { NodeContext, Timings } from "./processNode/nodeContext.ts";
import { keepNode, removeNode } from "./processNode/nodeRegistration.ts";
import { NodeUsage } from "./processNode/nodeUsage.ts";
import { PodSet } from "./processNode/podSet.ts";
import { ServiceProxy } from "./processNode/serviceProxy.ts";
import { serviceEndpoints } from "./processNode/services.ts";

export interface ProcessNodeOptions {
  name: string;
  labels?: Record<string, string>;
  taints?: V1Taint[];
  /** Path of a kubeconfig whose user may do what a kubelet does, for every pod. */
  kubeconfig: string;
  /** Folder of this node alone: logs and volumes. Absolute. */
  rootDir: string;
  /** Folder of PID files, by which somebody else (the supervisor) ends what a killed node has left running. */
  runDir: string;
  executables: Executables;
  /** What Kubernetes may place here, as quantities. */
  capacity: Record<string, string>;
  timings?: Partial<Timings>;
  /** One line for people. */
  log: (line: string) => void;
}

export interface ProcessNode {
  name: string;
  /** Where a Service's port answers on this machine, as `address:port`, whether or not a pod is behind it yet. */
  serviceAddress(namespace: string, service: string, port: number): Promise<string>;
  /** Ends every process. With `deleteNode` the Node and the objects of its pods are removed, too. */
  stop(options?: { deleteNode?: boolean }): Promise<void>;
}

/** When the node stops, no pod gets more grace than this, in seconds. */
const stopGraceSeconds = 10;

/** The cluster's CA, as PEM: on a local control plane it signs the API server's client certificate, too. */
function clusterCa(cluster: Cluster | null): string | undefined {
  if (cluster?.caData) return Buffer.from(cluster.caData, "base64").toString();
  return cluster?.caFile ? readFileSync(cluster.caFile, "utf8") : undefined;
}

/** Starts the node; resolves once it is registered and ready. Throws when the API server cannot be reached. */
export async function startProcessNode(options: ProcessNodeOptions): Promise<ProcessNode> {
  const { name, rootDir, runDir, capacity, log } = options;
  mkdirSync(rootDir, { recursive: true, mode: 0o700 });

  const config = loadKubeConfig(options.kubeconfig);
  const client = connect(config);
  const api = kubeletApi(client);
  const server = new URL(config.getCurrentCluster()?.server ?? "");
  const addresses = new LoopbackAddresses();
  const hostIP = addresses.take("node", `${rootDir}/${name}`);
  const ending = new AbortController();
  const now = new Date();

  const proxy: ServiceProxy = new ServiceProxy({
    addresses,
    salt: rootDir,
    apiServer: `${server.hostname}:${server.port || 443}`,
    readService: (namespace, service) =>
      orMissing(api.request<V1Service>("GET", `/api/v1/namespaces/${namespace}/services/${service}`)),
    endpoints: (service, port) => serviceEndpoints(service, port, pods.all()),
  });
  const context: NodeContext = {
    api,
    nodeName: name,
    hostIP,
    executables: options.executables,
    rootDir,
    runDir,
    addresses,
    openService: (namespace, service, port) => proxy.open(namespace, service, port),
    event: eventSink(api, name, log),
    log,
    timings: { backoff: kubeletBackoff, configRetryMs: 3000, refreshMs: 30_000, ...options.timings },
  };
  const pods: PodSet = new PodSet(context);

  const usage = new NodeUsage();
  const measure = () =>
    usage.measure(() =>
      [...pods.all()].flatMap(({ pod, processes }) =>
        processes.map(({ container, process }) => ({ pod, container, process })),
      ),
    );
  const kubelet = await serveKubelet({
    address: hostIP,
    // An authority of a moment: like a kubelet's self-signed certificate, nobody is expected to verify it.
    keyPair: await issueCertificate(
      await createAuthority(name, now),
      { commonName: name, alternativeNames: [hostIP] },
      now,
    ),
    clientCa: clusterCa(config.getCurrentCluster()),
    check: kubeletAccess(api, name),
    ownMetrics: () => Promise.resolve(kubeletMetrics(name, [...pods.all()])),
    resourceMetrics: async () => {
      const { containers, node } = await measure();
      return resourceMetrics(containers, node, Date.now());
    },
    cadvisorMetrics: async () => cadvisorMetrics((await measure()).containers, name),
    containerLogs({ namespace, pod, container }, query, response) {
      const runner = pods.find(namespace, pod);
      if (runner === undefined)
        return void response.writeHead(404).end(`no pod ${namespace}/${pod} on this node\n`);
      const runs = runner.processes.find((one) => one.container.name === container);
      sendLog(runner.logFile(container), query, runs?.process.pid, response);
    },
    log,
  });

  const shutDown = async () => {
    ending.abort();
    await pods.stop(stopGraceSeconds);
    kubelet.close();
    await proxy.close();
  };
  try {
    const version = (await api.request<{ gitVersion: string }>("GET", "/version")).gitVersion;
    const { labels = {}, taints = [] } = options;
    const description = { name, labels, taints, capacity, address: hostIP, port: kubelet.port, version };
    await keepNode(api, description, ending.signal, log);
  } catch (error) {
    await shutDown();
    await client.close();
    throw error;
  }
  const { signal } = ending;
  const problems = (of: string) => (problem: unknown) =>
    problem !== undefined && log(`watch of ${of}: ${(problem as Error).message}`);
  const services = clusterAddresses(api, proxy, (line) => log(`services: ${line}`));
  const backoff: [number, number] = [1000, 1000];
  const following = Promise.all([
    watchList(client, "/api/v1/pods", pods, {
      ...{ query: podsOfNode(name), signal, onProblem: problems("pods"), backoff },
    }),
    watchList(client, "/api/v1/services", services, { signal, onProblem: problems("services"), backoff }),
  ]);

  return {
    name,
    serviceAddress: (namespace, service, port) => proxy.open(namespace, service, port),
    async stop({ deleteNode = false } = {}) {
      try {
        await shutDown();
        await following;
        if (deleteNode) await removeNode(api, name);
      } finally {
        await client.close();
      }
    },
  };
}

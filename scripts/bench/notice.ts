// How soon a pod is asked to leave a spot node whose end is announced: `node scripts/bench/notice.ts`, beside `npm run bench`
// because it takes minutes. On a real control plane with kwok nodes, announcements come at chance times; first the watcher
// acts, then rounds that start each minute, as the CronJob's do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import { entryFile } from "../../balancer/index.ts";
import { connect } from "../../balancer/kube/client.ts";
import { watchList } from "../../balancer/kube/watch.ts";
import { buildApiDeployment, buildApiNode } from "../../balancer/testing/apiObjects.ts";
import { TestCluster, until } from "../../balancer/testing/controlPlane.ts";
import { startUsage } from "../../balancer/testing/controlPlane/measuredUsage.ts";

const samples = Number(process.argv[2] ?? 30);
/** Announcements of each kind fall within this. */
const spanMs = 180_000;

const policy = `
namespaces: { demo: {} }
priorities: { default: low }
availability: { low: 0.5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
budgets: { maxMovesPerRound: 1000, maxMovesPerHour: 10000 }
pressure: { spot: { highUtilization: 1, lowUtilization: 0.99 } }
`;

const cluster = new TestCluster();
const pods = new Map<string, V1Pod>();
/** uid → when it was first seen to be told to end, by `performance.now()`. */
const endings = new Map<string, number>();
const ending = new AbortController();

function keep(pod: V1Pod): void {
  const { uid = "", deletionTimestamp } = pod.metadata!;
  pods.set(uid, pod);
  if (deletionTimestamp && !endings.has(uid)) endings.set(uid, performance.now());
}

const nodeOf = (name: string, priority: "regular" | "spot", cpu: string) => {
  const { metadata, spec } = buildApiNode(name, priority);
  const allocatable = { cpu, memory: "64Gi", pods: "250", "ephemeral-storage": "64Gi" };
  return {
    ...{ apiVersion: "v1", kind: "Node", spec },
    metadata: { name, labels: metadata!.labels, annotations: { "kwok.x-k8s.io/node": "fake" } },
    status: { allocatable, capacity: allocatable },
  };
};

/** Two replicas, of which none fits beside another one on a spot node. */
function pair(name: string): object {
  const { spec } = buildApiDeployment(name);
  const containers = [
    { name: "main", image: "none", resources: { requests: { cpu: "1100m", memory: "16Mi" } } },
  ];
  const template = { ...spec!.template, spec: { containers } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "demo", labels: { app: name } }, spec: { ...spec, replicas: 2, template } }; // prettier-ignore
}

async function announce(core: CoreV1Api, name: string): Promise<void> {
  const node = await core.readNode({ name });
  node.status!.conditions!.push({ type: "VMEventScheduled", status: "True", reason: "VMEventScheduled", message: "Preempt Scheduled" }); // prettier-ignore
  await core.replaceNodeStatus({ name, body: node });
  await cluster.merge({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: { unschedulable: true } });
}

/** Seconds from each announcement until its pod is told to end, sorted. */
async function measure(core: CoreV1Api, apps: string[]): Promise<number[]> {
  const begun = performance.now();
  const found = await Promise.all(
    apps.map(async (app) => {
      await delay(Math.random() * spanMs);
      const [pod] = [...pods.values()].filter(({ metadata, spec }) => metadata?.labels?.["app"] === app && spec?.nodeName?.startsWith("spot-") && !metadata.deletionTimestamp); // prettier-ignore
      const at = performance.now();
      await announce(core, pod!.spec!.nodeName!);
      await until(`${app} to leave`, () => Promise.resolve(endings.has(pod!.metadata!.uid!)), 300_000);
      return (endings.get(pod!.metadata!.uid!)! - at) / 1000;
    }),
  );
  console.log(`measured within ${Math.round((performance.now() - begun) / 1000)} s`);
  return found.sort((a, b) => a - b);
}

function tell(what: string, seconds: number[]): void {
  const at = (share: number) =>
    seconds[Math.min(seconds.length - 1, Math.floor(seconds.length * share))]!.toFixed(1);
  console.log(`${what}: p50 ${at(0.5)} s, p99 ${at(0.99)} s, of ${seconds.length}; within 30 s: ${seconds.filter((each) => each < 30).length}`); // prettier-ignore
}

await cluster.start();
const usage = await startUsage(cluster.admin, policy);
try {
  await cluster.installBalancer();
  const core = cluster.admin.makeApiClient(CoreV1Api);
  const { serviceAccountDir, env } = await cluster.identity("monitoring", "spot-balancer");
  const flags = ["--policy", cluster.file("policy.yaml", policy), "--prometheus", usage.url, "--service-account-dir", serviceAccountDir, "--log-level", "error"]; // prettier-ignore
  const balance = (...args: string[]) =>
    spawn(process.execPath, [entryFile, ...args, ...flags], { env: { PATH: process.env["PATH"], ...env }, stdio: ["ignore", "ignore", "inherit"] }); // prettier-ignore

  await cluster.create(nodeOf("regular-1", "regular", "500"), nodeOf("regular-2", "regular", "500"));
  await cluster.create(
    ...Array.from({ length: 4 * samples + 4 }, (_, index) => nodeOf(`spot-${index}`, "spot", "2")),
  );
  const apps = Array.from({ length: 2 * samples }, (_, index) => `app${index}-x`);
  await cluster.create(...apps.map(pair));
  void watchList<V1Pod>(connect(cluster.admin), "/api/v1/namespaces/demo/pods", { listed: (all) => all.forEach(keep), changed: keep, gone: (pod) => pods.delete(pod.metadata!.uid!) }, { signal: ending.signal, onProblem: () => {} }); // prettier-ignore
  const isPlaced = () =>
    apps.every((app) => {
      const ours = [...pods.values()].filter(({ metadata }) => metadata?.labels?.["app"] === app);
      return ours.length === 2 && ours.every(({ spec, status }) => spec?.nodeName?.startsWith("spot-") && status?.phase === "Running"); // prettier-ignore
    });
  for (let round = 0; !isPlaced(); round++) {
    if (round > 40) throw new Error("not all workloads came to spot");
    await once(balance(), "close");
    await delay(4000);
  }
  console.log(`${apps.length} workloads are on ${2 * apps.length} spot nodes`);

  const watcher = balance("watch", "--listen", "127.0.0.1:0");
  await delay(5000);
  tell("watch", await measure(core, apps.slice(0, samples)));
  watcher.kill("SIGTERM");
  await once(watcher, "close");

  const minute = setInterval(() => balance(), 60_000);
  tell("each minute", await measure(core, apps.slice(samples)));
  clearInterval(minute);
} finally {
  ending.abort();
  await usage.stop();
  await cluster.stop();
}

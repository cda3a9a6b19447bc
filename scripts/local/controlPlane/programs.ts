// The command lines of the control plane's programs, and how each tells that it is ready.
import { join } from "node:path";
import type { EnvironmentPaths } from "../processes/paths.ts";
import type { ProgramSpec } from "../processes/program.ts";
import { answersOk } from "./health.ts";
import { podRange, type Pki } from "./pki.ts";
import type { Ports } from "./ports.ts";
import { serviceRange } from "./serviceRange.ts";

/** Paths of executables. What is left out does not run: the first two run without the others. */
export type ControlPlaneTools = Record<"etcd" | "kube-apiserver", string> &
  Partial<Record<"kube-controller-manager" | "kube-scheduler" | "kwok", string>>;

export interface ProgramInputs {
  tools: ControlPlaneTools;
  paths: EnvironmentPaths;
  ports: Ports;
  pki: Pki;
  /** Kubeconfig files by who uses them. */
  kubeconfigs: Record<"controllerManager" | "scheduler" | "kwok" | "metricsServer", string>;
}

/** Soft limits of Go's memory, so that all programs together stay far under 3 GiB; `GOGC` trades CPU for memory. */
const memory = (limit: string): Record<string, string> => ({ GOMEMLIMIT: limit, GOGC: "60" });

function etcd({ tools, paths, ports, pki }: ProgramInputs): ProgramSpec {
  const { certificateFile, privateKeyFile } = pki.pairs.server;
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    executable: tools.etcd,
    args: [
      "--name=local",
      `--data-dir=${paths.etcd}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=local=${peer}`,
      // Every user of this machine reaches loopback: only who has a certificate may read the cluster's secrets.
      "--client-cert-auth",
      "--peer-client-cert-auth",
      ...["", "peer-"].flatMap((prefix) => [
        `--${prefix}trusted-ca-file=${pki.authority.certificateFile}`,
        `--${prefix}cert-file=${certificateFile}`,
        `--${prefix}key-file=${privateKeyFile}`,
      ]),
      // Survives that the program is killed; not that the machine loses power. A local cluster can be made again.
      "--unsafe-no-fsync",
      "--auto-compaction-mode=periodic",
      "--auto-compaction-retention=10m",
      "--log-level=warn",
    ],
    env: memory("256MiB"),
    ready: () => answersOk(`${client}/health`, pki),
  };
}

function apiServer({ tools, paths, ports, pki }: ProgramInputs): ProgramSpec {
  const { server, aggregator, kubeletClient } = pki.pairs;
  return {
    name: "kube-apiserver",
    executable: tools["kube-apiserver"],
    args: [
      `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
      `--etcd-cafile=${pki.authority.certificateFile}`,
      `--etcd-certfile=${server.certificateFile}`,
      `--etcd-keyfile=${server.privateKeyFile}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.apiServer}`,
      // Endpoints may not be loopback addresses, and nobody reaches this server by its Service.
      "--advertise-address=127.0.0.1",
      "--endpoint-reconciler-type=none",
      `--tls-cert-file=${server.certificateFile}`,
      `--tls-private-key-file=${server.privateKeyFile}`,
      `--client-ca-file=${pki.authority.certificateFile}`,
      "--authorization-mode=RBAC",
      "--allow-privileged=true",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${pki.signing.publicKeyFile}`,
      `--service-account-signing-key-file=${pki.signing.privateKeyFile}`,
      `--service-cluster-ip-range=${serviceRange(paths.state)}`,
      // The metrics API is reached through this server, which tells it who asks.
      `--requestheader-client-ca-file=${pki.authority.certificateFile}`,
      "--requestheader-allowed-names=aggregator",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--proxy-client-cert-file=${aggregator.certificateFile}`,
      `--proxy-client-key-file=${aggregator.privateKeyFile}`,
      `--kubelet-client-certificate=${kubeletClient.certificateFile}`,
      `--kubelet-client-key=${kubeletClient.privateKeyFile}`,
      "--kubelet-preferred-address-types=InternalIP",
      // Pods leave a lost node after 5 s, not after 5 min.
      "--default-not-ready-toleration-seconds=5",
      "--default-unreachable-toleration-seconds=5",
      "--profiling=false",
    ],
    env: memory("700MiB"),
    ready: () => answersOk(`https://127.0.0.1:${ports.apiServer}/readyz`, pki),
    // It waits for watchers that never leave; everything that counts is in etcd.
    stopGraceMs: 1_000,
  };
}

function controllerManager({ tools, ports, pki, kubeconfigs }: ProgramInputs): ProgramSpec {
  return {
    name: "kube-controller-manager",
    executable: tools["kube-controller-manager"]!,
    args: [
      ...leaderless(kubeconfigs.controllerManager, ports.controllerManager, pki),
      "--use-service-account-credentials=true",
      `--root-ca-file=${pki.authority.certificateFile}`,
      `--service-account-private-key-file=${pki.signing.privateKeyFile}`,
      // A lost node is noticed after 16 s (instead of 50): four renewals of its Lease by kwok, see `kwok` below.
      "--node-monitor-period=2s",
      "--node-monitor-grace-period=16s",
      // An autoscaler that is watched by a person: scale down after 1 min (instead of 5).
      "--horizontal-pod-autoscaler-sync-period=5s",
      "--horizontal-pod-autoscaler-downscale-stabilization=60s",
      "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
      "--horizontal-pod-autoscaler-cpu-initialization-period=20s",
      "--terminated-pod-gc-threshold=100",
      "--kube-api-qps=200",
      "--kube-api-burst=400",
    ],
    env: memory("300MiB"),
    ready: () => answersOk(`https://127.0.0.1:${ports.controllerManager}/healthz`, pki),
  };
}

function scheduler({ tools, ports, pki, kubeconfigs }: ProgramInputs): ProgramSpec {
  return {
    name: "kube-scheduler",
    executable: tools["kube-scheduler"]!,
    args: [
      ...leaderless(kubeconfigs.scheduler, ports.scheduler, pki),
      "--kube-api-qps=200",
      "--kube-api-burst=400",
    ],
    env: memory("200MiB"),
    ready: () => answersOk(`https://127.0.0.1:${ports.scheduler}/readyz`, pki),
  };
}

function leaderless(kubeconfig: string, port: number, pki: Pki): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--tls-cert-file=${pki.pairs.server.certificateFile}`,
    `--tls-private-key-file=${pki.pairs.server.privateKeyFile}`,
    "--profiling=false",
  ];
}

function kwok({ tools, ports, pki, kubeconfigs }: ProgramInputs): ProgramSpec {
  const configs = ["nodes", "pods", "usage"].map((name) => join(import.meta.dirname, "kwok", `${name}.yaml`));
  return {
    name: "kwok",
    executable: tools.kwok!,
    args: [
      ...configs.map((file) => `--config=${file}`),
      `--kubeconfig=${kubeconfigs.kwok}`,
      "--manage-all-nodes=false",
      "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
      // Where metrics-server and Prometheus scrape kwok's nodes.
      "--node-ip=127.0.0.1",
      `--node-port=${ports.kwok}`,
      `--server-address=127.0.0.1:${ports.kwok}`,
      `--tls-cert-file=${pki.pairs.server.certificateFile}`,
      `--tls-private-key-file=${pki.pairs.server.privateKeyFile}`,
      // Renewed every quarter of it.
      "--node-lease-duration-seconds=16",
      `--cidr=${podRange}`,
    ],
    env: memory("200MiB"),
    ready: () => answersOk(`https://127.0.0.1:${ports.kwok}/healthz`, pki),
  };
}

/** Those whose tools there are, in the order in which they start. */
export const controlPlanePrograms = (inputs: ProgramInputs): ProgramSpec[] =>
  [etcd, apiServer, controllerManager, scheduler, kwok]
    .map((program) => program(inputs))
    .filter(({ executable }) => Boolean(executable));

export function metricsServer(executable: string, { ports, pki, kubeconfigs }: ProgramInputs): ProgramSpec {
  const { server } = pki.pairs;
  return {
    name: "metrics-server",
    executable,
    args: [
      `--kubeconfig=${kubeconfigs.metricsServer}`,
      `--authentication-kubeconfig=${kubeconfigs.metricsServer}`,
      `--authorization-kubeconfig=${kubeconfigs.metricsServer}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.metricsServer}`,
      `--tls-cert-file=${server.certificateFile}`,
      `--tls-private-key-file=${server.privateKeyFile}`,
      "--kubelet-preferred-address-types=InternalIP",
      "--kubelet-use-node-status-port",
      // The process node serves its metrics with a certificate of its own.
      "--kubelet-insecure-tls",
      // The shortest that it takes: an autoscaler sees load after two readings.
      "--metric-resolution=10s",
      "--kubelet-request-timeout=5s",
    ],
    env: memory("150MiB"),
    ready: () => answersOk(`https://127.0.0.1:${ports.metricsServer}/livez`, pki),
  };
}

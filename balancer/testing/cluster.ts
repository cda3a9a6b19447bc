// A real control plane with kwok nodes for the cluster tests, and rounds of the program in it as a pod would run them.
//
// The environment is started as a person would, by its command line: nothing outside of scripts/ imports scripts/.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { CoreV1Api, KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { entryFile } from "../index.ts";
import { usageQueries } from "../observe/usage.ts";
import { parsePolicy } from "../policy.ts";
import { buildApiNode } from "./apiObjects.ts";

const root = new URL("../../", import.meta.url).pathname;

export interface RoundResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a ServiceAccount's pod has: its folder, and where the API server is. */
export interface Identity {
  serviceAccountDir: string;
  env: NodeJS.ProcessEnv;
  config: KubeConfig;
}

export class TestCluster {
  readonly folder = mkdtempSync(join(tmpdir(), "balancer-cluster-"));
  readonly admin = new KubeConfig();

  async start(): Promise<void> {
    await this.local("up");
    this.admin.loadFromFile(join(this.folder, "state", "kubeconfig"));
  }

  async stop(): Promise<void> {
    await this.local("down");
    rmSync(this.folder, { recursive: true });
  }

  private local(command: string) {
    return promisify(execFile)(process.execPath, [join(root, "scripts/local/main.ts"), command], {
      env: { ...process.env, SPOT_BALANCER_STATE: join(this.folder, "state") },
    });
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  create(...objects: object[]): Promise<unknown> {
    const api = KubernetesObjectApi.makeApiClient(this.admin);
    return Promise.all(objects.map((object) => api.create(object as KubernetesObject)));
  }

  /** Rights, Lease and state as they are shipped, for policies that opt `demo` in. */
  async installBalancer(): Promise<void> {
    const namespaces = ["monitoring", "demo", "other"];
    await this.create(
      ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    );
    const files = readdirSync(join(root, "k8s/balancer")).filter(
      (file) =>
        /\.yaml$/.test(file) && !["cronjob.yaml", "deployment.yaml", "kustomization.yaml"].includes(file),
    );
    for (const file of files) {
      const text = readFileSync(join(root, "k8s/balancer", file), "utf8");
      await this.create(...parseAllDocuments(text).map((document) => document.toJS() as object));
    }
  }

  /** A kwok node with AKS's labels and taints. */
  addNode(name: string, priority: "regular" | "spot"): Promise<unknown> {
    const { metadata, spec, status } = buildApiNode(name, priority);
    const capacity = status!.allocatable;
    return this.create({
      ...{ apiVersion: "v1", kind: "Node", spec },
      metadata: { name, labels: metadata!.labels, annotations: { "kwok.x-k8s.io/node": "fake" } },
      status: { allocatable: capacity, capacity },
    });
  }

  async identity(namespace: string, name: string): Promise<Identity> {
    const token = await this.admin
      .makeApiClient(CoreV1Api)
      .createNamespacedServiceAccountToken({ namespace, name, body: { spec: { audiences: [] } } });
    const value = token.status?.token ?? "";
    const { server, caData } = this.admin.getCurrentCluster()!;
    const dir = mkdtempSync(join(this.folder, `${name}-`));
    writeFileSync(join(dir, "token"), value, { mode: 0o600 });
    writeFileSync(join(dir, "ca.crt"), Buffer.from(caData!, "base64"));
    const { hostname, port } = new URL(server);
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ ...this.admin.getCurrentCluster()! }, { name, token: value });
    return {
      serviceAccountDir: dir,
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      config,
    };
  }

  /** One round as the CronJob runs it. */
  round({ serviceAccountDir, env }: Identity, ...args: string[]): Promise<RoundResult> {
    return new Promise((resolve) => {
      const all = [entryFile, "--service-account-dir", serviceAccountDir, "--output", "json", ...args];
      execFile(
        process.execPath,
        all,
        { env: { PATH: process.env["PATH"], ...env } },
        (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
        },
      );
    });
  }
}

/** Asks until the answer is neither undefined nor false. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}, in vain`);
    await delay(200);
  }
}

export interface UsageSource {
  url: string;
  /** Cores that each pod of a workload uses, by the beginning of its name. */
  cores: Record<string, number>;
  /** Each answer is held back for so long, in milliseconds. */
  delayMs: number;
  stop(): Promise<void>;
}

/** Plays Prometheus for the pods that are there now, so that a test need not wait for real windows to pass. */
export async function startUsage(admin: KubeConfig, policyText: string): Promise<UsageSource> {
  const queries = Object.entries(usageQueries(parsePolicy(policyText)));
  const core = admin.makeApiClient(CoreV1Api);

  async function answer(query: string) {
    const name = queries.find(([, text]) => text === query)?.[0];
    const now = Date.now() / 1000;
    // Nothing measures whole nodes: the sum over their pods is used.
    const { items } = name === "nodes" ? { items: [] } : await core.listPodForAllNamespaces();
    const valueOf = (pod: string): number => {
      if (name === "sampledAt") return now - 1;
      if (name === "samples") return 100;
      if (name === "memory") return 1e7;
      if (name === "network") return 0;
      return Object.entries(source.cores).find(([prefix]) => pod.startsWith(prefix))?.[1] ?? 0;
    };
    const result = items.map(({ metadata }) => {
      const { namespace = "", name: pod = "" } = metadata ?? {};
      return { metric: { namespace, pod }, value: [now, String(valueOf(pod))] };
    });
    return { status: "success", data: { resultType: "vector", result } };
  }

  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      void delay(source.delayMs)
        .then(() => answer(new URLSearchParams(body).get("query") ?? ""))
        .then((reply) => response.end(JSON.stringify(reply)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source: UsageSource = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cores: {},
    delayMs: 0,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return source;
}

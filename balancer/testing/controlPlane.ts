// A real control plane with kwok nodes for the cluster tests, and the balancer's rights and identity in it.
//
// The environment is started as a person would, by its command line: nothing outside of scripts/ imports scripts/.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { buildApiNode } from "./apiObjects.ts";

const root = new URL("../../", import.meta.url).pathname;

/** What a ServiceAccount's pod has: its folder, and where the API server is. */
export interface Identity {
  serviceAccountDir: string;
  env: NodeJS.ProcessEnv;
  config: KubeConfig;
}

/** The objects of a file in k8s/. */
export function manifests(path: string): KubernetesObject[] {
  const text = readFileSync(join(root, "k8s", path), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

/** Of k8s/placeholder, but for its namespace. */
export const placeholderFiles = [
  ...["priorityclass", "serviceaccount", "podtemplate", "role", "rolebinding"],
  ...["validatingadmissionpolicy", "validatingadmissionpolicybinding"],
];

export class TestCluster {
  private readonly root: string;
  readonly folder = mkdtempSync(join(tmpdir(), "balancer-cluster-"));
  readonly admin = new KubeConfig();

  /** @param project root of the checkout whose command line is used */
  constructor(project = root) {
    this.root = project;
  }

  /** @param stacks to bring up on it, in order; with none it has no nodes */
  async start(...stacks: string[]): Promise<void> {
    await this.local("up");
    for (const stack of stacks) await this.local("up", stack);
    this.admin.loadFromFile(join(this.folder, "state", "kubeconfig"));
  }

  async stop(): Promise<void> {
    try {
      await this.local("down");
    } finally {
      rmSync(this.folder, { recursive: true });
    }
  }

  private local(...args: string[]) {
    return promisify(execFile)(process.execPath, [join(this.root, "scripts/local/main.ts"), ...args], {
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

  /** A merge patch with everything that `object` says. */
  merge(object: object): Promise<unknown> {
    const strategy = "application/merge-patch+json";
    return KubernetesObjectApi.makeApiClient(this.admin).patch(
      object,
      ...[undefined, undefined, undefined, undefined],
      strategy,
    );
  }

  /** Rights, Lease and state as they are shipped, for policies that opt `namespaces` in. */
  async installBalancer(...namespaces: string[]): Promise<void> {
    for (const name of ["monitoring", "demo", "other", ...namespaces]) {
      await this.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    await this.create(
      ...[
        ...["clusterrole", "clusterrolebinding", "role", "rolebinding", "serviceaccount", "state"],
        ...["validatingadmissionpolicy", "validatingadmissionpolicybinding"],
      ].flatMap((file) => manifests(`balancer/${file}.yaml`)),
    );
    // As stacks/deploy does: a copy of the first Role and its binding for each namespace.
    for (const namespace of namespaces) {
      for (const file of ["role", "rolebinding"]) {
        const [rights] = manifests(`balancer/${file}.yaml`);
        await this.create({ ...rights, metadata: { ...rights!.metadata, namespace } });
      }
    }
  }

  /** The placeholders' template and guards as they are shipped. */
  async installPlaceholders(): Promise<void> {
    await this.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "placeholder" } });
    for (const file of placeholderFiles) await this.create(...manifests(`placeholder/${file}.yaml`));
  }

  /** A kwok node with AKS's labels and taints. Returns when it is ready, and nothing but its own taints keeps pods away. */
  async addNode(name: string, priority: "regular" | "spot"): Promise<void> {
    const { metadata, spec, status } = buildApiNode(name, priority);
    const capacity = status!.allocatable;
    await this.create({
      ...{ apiVersion: "v1", kind: "Node", spec },
      metadata: { name, labels: metadata!.labels, annotations: { "kwok.x-k8s.io/node": "fake" } },
      status: { allocatable: capacity, capacity },
    });
    const core = this.admin.makeApiClient(CoreV1Api);
    await until(`node ${name} to be ready`, async () => {
      const { spec, status } = await core.readNode({ name });
      const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
      return isReady && !spec?.taints?.some(({ key }) => key.startsWith("node.kubernetes.io/"));
    });
  }

  /** As when Azure takes a machine: the Node goes, and its pods with it. Kubernetes alone would take a minute for them. */
  async removeNode(name: string): Promise<void> {
    const core = this.admin.makeApiClient(CoreV1Api);
    await core.deleteNode({ name });
    const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` });
    for (const { metadata } of items) {
      const pod = { name: metadata!.name!, namespace: metadata!.namespace! };
      await core.deleteNamespacedPod({ ...pod, gracePeriodSeconds: 0 }).catch(unlessMissing);
    }
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
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof ApiException && error.code === 404)) throw error;
}

/** Asks until the answer is neither undefined nor false. The deadline is for machines that are busy with other tests. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 300_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}, in vain`);
    await delay(200);
  }
}

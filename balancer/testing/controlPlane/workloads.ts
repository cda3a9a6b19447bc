// Workloads on a test's real control plane: idle ones that tests take one by one, and where their pods are.
import {
  CoreV1Api,
  type KubernetesObject,
  KubernetesObjectApi,
  type V1Deployment,
} from "@kubernetes/client-node";
import { readOwnership } from "../../placement/ownership.ts";
import { buildApiDeployment } from "../apiObjects.ts";
import { type TestCluster, until } from "../controlPlane.ts";

export interface WorkloadOptions {
  /** Default Deployment. */
  kind?: "Deployment" | "ReplicaSet";
  /** Default `demo`. */
  namespace?: string;
  replicas?: number;
  /** Of each pod; default 100m. */
  cpu?: string;
  /** Further fields of the pods' spec. */
  podSpec?: object;
}

const tierLabel = "spot-balancer/tier";

/** Pods younger than the shortest `usage.rateMinutes` (0.5) are not called idle; creation times are whole seconds. */
const oldEnoughMs = 31_000;

export class Workloads {
  readonly #cluster: TestCluster;
  readonly #core: CoreV1Api;
  readonly #objects: KubernetesObjectApi;
  readonly #known = new Map<string, KubernetesObject>();
  readonly #taken = new Set<string>();
  #youngest = 0;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#core = cluster.admin.makeApiClient(CoreV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(cluster.admin);
  }

  /** The balancer leaves them alone until a test takes them: so one wait for their age is enough for all. */
  async add(names: string[], options: WorkloadOptions = {}): Promise<void> {
    await Promise.all(names.map((name) => this.create(idle(name, options))));
    await Promise.all(names.map((name) => this.settled(name)));
    this.#youngest = Date.now();
  }

  /** Of others, with everything that they say. */
  async addAll(objects: KubernetesObject[]): Promise<void> {
    for (const object of objects) {
      await this.create(object);
      await this.settled(object.metadata!.name!);
    }
    this.#youngest = Date.now();
  }

  /** Any other object that makes pods labelled `app: <its name>`. */
  async create(object: KubernetesObject): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace } = metadata!;
    this.#known.set(name!, { apiVersion, kind, metadata: { name, namespace } });
    await this.#cluster.create(object);
  }

  async oldEnough(): Promise<void> {
    const isOld = () => Promise.resolve(Date.now() > this.#youngest + oldEnoughMs);
    await until("the pods to be old enough to be judged", isOld);
  }

  /** From here on the balancer may move them. */
  async take(...names: string[]): Promise<void> {
    for (const name of names) {
      this.#taken.add(name);
      await this.edit(name, { labels: { [tierLabel]: null } });
    }
  }

  /** Deletes what was taken: with it goes what it remembers, which the budget of the hour counts. */
  async dropTaken(): Promise<void> {
    for (const name of this.#taken) {
      await this.#objects.delete(this.#reference(name));
      await until(`the pods of ${name} to be gone`, async () => (await this.nodesOf(name)).length === 0);
    }
    this.#taken.clear();
  }

  read(name: string): Promise<V1Deployment> {
    return this.#objects.read(this.#reference(name));
  }

  /** Metadata as somebody else would write it. */
  edit(name: string, metadata: object): Promise<unknown> {
    const reference = this.#reference(name);
    return this.#cluster.merge({ ...reference, metadata: { ...reference.metadata, ...metadata } });
  }

  async settled(name: string): Promise<void> {
    await until(`${name} to be rolled out`, async () => {
      const { metadata, spec, status = {} } = await this.read(name);
      // A ReplicaSet has no `updatedReplicas`.
      const { observedGeneration, replicas, availableReplicas, updatedReplicas = replicas } = status;
      const counts = [replicas, availableReplicas, updatedReplicas];
      return observedGeneration === metadata?.generation && counts.every((count) => count === spec?.replicas);
    });
  }

  /** Where the balancer has placed them, by the fields that it owns. */
  async placements(...names: string[]): Promise<string[]> {
    const found = await Promise.all(names.map((name) => this.read(name)));
    return found.map(({ metadata }) => readOwnership(metadata?.managedFields as never).placement);
  }

  /** The nodes of its pods, sorted; `none` for one that does not run. */
  async nodesOf(name: string): Promise<string[]> {
    const { namespace } = this.#reference(name).metadata;
    const { items } = await this.#core.listNamespacedPod({
      namespace: namespace!,
      labelSelector: `app=${name}`,
    });
    return items
      .filter(({ metadata }) => !metadata?.deletionTimestamp)
      .map(({ spec, status }) => (status?.phase === "Running" ? (spec?.nodeName ?? "none") : "none"))
      .sort();
  }

  async untilOn(name: string, ...nodes: string[]): Promise<void> {
    const wanted = nodes.sort().join();
    await until(`${name} to be on ${wanted}`, async () => (await this.nodesOf(name)).join() === wanted);
  }

  #reference(name: string): KubernetesObject & { metadata: { name: string } } {
    const found = this.#known.get(name);
    if (!found) throw new Error(`expected one of ${[...this.#known.keys()].join(", ")}, got ${name}`);
    return found as KubernetesObject & { metadata: { name: string } };
  }
}

function idle(name: string, options: WorkloadOptions): KubernetesObject {
  const { kind = "Deployment", namespace = "demo", replicas = 1, cpu = "100m", podSpec } = options;
  const { selector, strategy, template } = buildApiDeployment(name).spec!;
  const containers = [{ name: "main", image: "none", resources: { requests: { cpu, memory: "16Mi" } } }];
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace, labels: { app: name, [tierLabel]: "ignore" } },
    spec: {
      ...{ replicas, selector },
      ...(kind === "Deployment" && { strategy }),
      template: { ...template, spec: { containers, ...podSpec } },
    },
  } as KubernetesObject;
}

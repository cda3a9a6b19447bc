// What the cluster holds now, by watching it: nodes, pods, deployments. Survives restarts and resets of the control plane.
import { setTimeout as delay } from "node:timers/promises";
import {
  AppsV1Api,
  CoreV1Api,
  type Informer,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  type ObjectCache,
  type V1Deployment,
  type V1Node,
  type V1Pod,
  makeInformer,
} from "@kubernetes/client-node";
import type { Log } from "./provider.ts";

/** How long to wait after a broken watch, ms. */
const retryMs = 1_000;

export class ClusterCache {
  readonly #nodes: Followed<V1Node>;
  readonly #pods: Followed<V1Pod>;
  readonly #deployments: Followed<V1Deployment>;

  constructor(config: KubeConfig, log: Log) {
    const core = config.makeApiClient(CoreV1Api);
    const apps = config.makeApiClient(AppsV1Api);
    const follow = <T extends KubernetesObject>(path: string, list: () => Promise<KubernetesListObject<T>>) =>
      new Followed(() => makeInformer(config, path, list), path, log);
    this.#nodes = follow("/api/v1/nodes", () => core.listNode());
    this.#pods = follow("/api/v1/pods", () => core.listPodForAllNamespaces());
    this.#deployments = follow("/apis/apps/v1/deployments", () => apps.listDeploymentForAllNamespaces());
  }

  /** Returns when everything was listed once. */
  async start(): Promise<void> {
    await Promise.all([this.#nodes.start(), this.#pods.start(), this.#deployments.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#nodes.stop(), this.#pods.stop(), this.#deployments.stop()]);
  }

  nodes = (): V1Node[] => this.#nodes.list();
  pods = (): V1Pod[] => this.#pods.list();
  deployments = (): V1Deployment[] => this.#deployments.list();
}

/** One kind of object. A broken watch is replaced by a new one that lists again: the server may have been emptied. */
class Followed<T extends KubernetesObject> {
  readonly #make: () => Informer<T> & ObjectCache<T>;
  readonly #path: string;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #informer: (Informer<T> & ObjectCache<T>) | undefined;

  constructor(make: () => Informer<T> & ObjectCache<T>, path: string, log: Log) {
    this.#make = make;
    this.#path = path;
    this.#log = log;
  }

  list = (): T[] => [...(this.#informer?.list() ?? [])];

  async start(): Promise<void> {
    const informer = this.#make();
    let broken = false;
    informer.on("error", (error: unknown) => {
      if (!broken) void this.#again(error);
      broken = true;
    });
    await informer.start(); // lists; a failure comes as an error event
    if (broken) return;
    const before = this.#informer;
    this.#informer = informer;
    await before?.stop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#informer?.stop();
  }

  async #again(error: unknown): Promise<void> {
    await delay(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    if (this.#stopping.signal.aborted) return;
    this.#log(
      `watch of ${this.#path} broke (${error instanceof Error ? error.message : String(error)}), started again`,
    );
    await this.start();
  }
}

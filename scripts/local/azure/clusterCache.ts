// What the cluster holds now, by watching it: nodes, pods, deployments. Survives restarts and resets of the control plane.
import type { KubeConfig, V1Deployment, V1Node, V1ObjectMeta, V1Pod } from "@kubernetes/client-node";
import { type KubeClient, connect } from "../../../balancer/kube/client.ts";
import { watchList } from "../../../balancer/kube/watch.ts";
import type { Log } from "./provider.ts";

export class ClusterCache {
  readonly #client: KubeClient;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #nodes = new Map<string, V1Node>();
  readonly #pods = new Map<string, V1Pod>();
  readonly #deployments = new Map<string, V1Deployment>();
  #following: Promise<void>[] = [];

  constructor(config: KubeConfig, log: Log) {
    this.#client = connect(config, { signal: this.#stopping.signal });
    this.#log = log;
  }

  /** Returns when everything was asked for once. */
  async start(): Promise<void> {
    await Promise.all([
      this.#follow("/api/v1/nodes", this.#nodes),
      this.#follow("/api/v1/pods", this.#pods),
      this.#follow("/apis/apps/v1/deployments", this.#deployments),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
    await this.#client.close();
  }

  nodes = (): V1Node[] => [...this.#nodes.values()];
  pods = (): V1Pod[] => [...this.#pods.values()];
  deployments = (): V1Deployment[] => [...this.#deployments.values()];

  #follow<T extends { metadata?: V1ObjectMeta }>(path: string, objects: Map<string, T>): Promise<void> {
    const keyOf = ({ metadata }: T) => `${metadata?.namespace}/${metadata?.name}`;
    return new Promise((resolve) => {
      const listener = {
        listed: (all: T[]) => {
          objects.clear();
          for (const each of all) objects.set(keyOf(each), each);
          resolve();
        },
        changed: (object: T) => objects.set(keyOf(object), object),
        gone: (object: T) => objects.delete(keyOf(object)),
      };
      const onProblem = (problem: unknown) => {
        if (problem === undefined) return;
        this.#log(`watch of ${path} broke (${(problem as Error).message}), started again`);
        resolve();
      };
      const options = { signal: this.#stopping.signal, onProblem, backoff: [1000, 1000] as [number, number] };
      this.#following.push(watchList<T>(this.#client, path, listener, options).then(resolve));
    });
  }
}

// The node pools: how many nodes each should have, and nodes that are made until it is so.
import type { KubeConfig, V1Taint } from "@kubernetes/client-node";
import type { Pool } from "../machines.ts";
import { KwokNodes } from "./kwokNodes.ts";
import { nodeLabels, nodeName, poolSize, poolTaints, toQuantities } from "./poolNode.ts";

/** What is remembered of a pool between starts. */
export interface PoolRecord {
  pool: Pool;
  /** Nodes that there should be. */
  count: number;
  /** Number of the next node; none is used twice. */
  nextIndex: number;
}

/** A pool that lost, or never got, machines. */
export interface Shortage {
  /** Azure has no machines for the pool before (ms since 1970). */
  noCapacityUntil?: number;
  /** Fewer nodes than there should be, since (ms). */
  since?: number;
}

/** The system pool's node: its pods are processes of this machine. */
export interface SystemNode {
  stop(options?: { deleteNode?: boolean }): Promise<void>;
}

export interface SystemNodeOptions {
  name: string;
  labels: Record<string, string>;
  taints: V1Taint[];
  /** Quantities. */
  capacity: Record<string, string>;
}

export interface PoolsOptions {
  config: KubeConfig;
  startSystemNode: (options: SystemNodeOptions) => Promise<SystemNode>;
  /** How long Azure takes to make a machine, ms. */
  provisionMs: number;
  now: () => number;
  log: (line: string) => void;
}

export class NodePools {
  readonly nodes: KwokNodes;
  readonly #options: PoolsOptions;
  readonly #records: PoolRecord[];
  readonly #save: () => void;
  readonly #systemNodes = new Map<string, SystemNode>();
  readonly #shortages = new Map<string, Shortage>();
  #last: Promise<unknown> = Promise.resolve();

  /** `records` is changed in place; `save` is called after each change. */
  constructor(options: PoolsOptions, records: PoolRecord[], save: () => void) {
    this.nodes = new KwokNodes(options.config);
    this.#options = options;
    this.#records = records;
    this.#save = save;
  }

  get records(): readonly PoolRecord[] {
    return this.#records;
  }

  find(id: string): PoolRecord | undefined {
    return this.#records.find(({ pool }) => pool.id.toLowerCase() === id.toLowerCase());
  }

  shortage(record: PoolRecord): Shortage {
    const known = this.#shortages.get(record.pool.id) ?? {};
    this.#shortages.set(record.pool.id, known);
    return known;
  }

  /** One change at a time: what two loops decide on the same nodes must not mix. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Makes the pool what is asked for, at once, and returns when its nodes are Ready. */
  apply(pool: Pool): Promise<void> {
    return this.exclusive(async () => {
      let record = this.find(pool.id);
      const before = record?.pool;
      if (!record) {
        record = { pool, count: withinBounds(pool, pool.count), nextIndex: 0 };
        this.#records.push(record);
      } else {
        // A pool that scales keeps the size that it has come to; Azure ignores the count then.
        record.count = withinBounds(
          pool,
          pool.autoscaling && before?.autoscaling ? record.count : pool.count,
        );
        record.pool = pool;
      }
      this.#save();
      if (before && pool.mode === "User") await this.nodes.relabel(pool, before);
      await this.#fill(record);
      if (pool.mode === "User") await this.nodes.untilReady(pool);
    });
  }

  remove(id: string): Promise<void> {
    return this.exclusive(async () => {
      const record = this.find(id);
      if (!record) return;
      record.count = 0;
      await this.#fill(record);
      this.#records.splice(this.#records.indexOf(record), 1);
      this.#shortages.delete(record.pool.id);
      this.#save();
    });
  }

  /** Sets how many nodes the pool should have; `settle` makes them, after the time that machines take. */
  resize(record: PoolRecord, count: number): void {
    record.count = count;
    this.#save();
  }

  /** Starts the system pools' nodes; the others are still in the cluster, or `settle` makes them. */
  async resume(): Promise<void> {
    for (const record of this.#records.filter(({ pool }) => pool.mode === "System")) await this.#fill(record);
  }

  /**
   * Makes nodes that are missing, when their machines have had the time to start and Azure has some.
   * `present`: how many nodes of a pool are seen; it may lag behind.
   */
  async settle(present: (pool: Pool) => number): Promise<void> {
    const now = this.#options.now();
    for (const record of this.#records.filter(({ pool }) => pool.mode === "User")) {
      const shortage = this.shortage(record);
      if (present(record.pool) >= record.count || (shortage.noCapacityUntil ?? 0) > now)
        delete shortage.since;
      else if ((shortage.since ??= now) + this.#options.provisionMs <= now) await this.#fill(record);
    }
  }

  /** Ends the processes of the system pools' pods. */
  async stop(options: { deleteNode: boolean }): Promise<void> {
    await this.exclusive(async () => {
      await Promise.all([...this.#systemNodes.values()].map((node) => node.stop(options)));
      this.#systemNodes.clear();
    });
  }

  /** Forgets every pool of a cluster that is deleted, after ending its system nodes. */
  async clear(): Promise<void> {
    for (const { pool } of [...this.#records]) await this.remove(pool.id);
  }

  async #fill(record: PoolRecord): Promise<void> {
    if (record.pool.mode === "System") return this.#fillSystem(record);
    const present = await this.nodes.list(record.pool);
    for (let missing = record.count - present.length; missing > 0; missing--) {
      const index = record.nextIndex++;
      this.#save(); // before the node is made, so that a crash in between costs a number and never repeats one
      this.#options.log(`node ${await this.nodes.create(record.pool, index)} joins`);
    }
    for (const node of present.slice(record.count)) {
      await this.nodes.remove(node.metadata!.name!);
      this.#options.log(`node ${node.metadata!.name} is gone`);
    }
  }

  /** System pools have a fixed size, and their nodes keep their numbers. */
  async #fillSystem({ pool, count }: PoolRecord): Promise<void> {
    for (let index = 0; index < count; index++) {
      const name = nodeName(pool, index);
      if (this.#systemNodes.has(name)) continue;
      const node = await this.#options.startSystemNode({
        name,
        labels: nodeLabels(pool, index),
        taints: poolTaints(pool),
        capacity: toQuantities(poolSize(pool).allocatable),
      });
      this.#systemNodes.set(name, node);
      this.#options.log(`system node ${name} joins`);
    }
    for (const [name, node] of [...this.#systemNodes]) {
      const isOurs = name.startsWith(nodeName(pool, 0).slice(0, -6));
      if (!isOurs || parseInt(name.slice(-6), 36) < count) continue;
      await node.stop({ deleteNode: true });
      this.#systemNodes.delete(name);
    }
  }
}

const withinBounds = ({ autoscaling }: Pool, count: number): number =>
  autoscaling ? Math.min(Math.max(count, autoscaling.min), autoscaling.max) : count;

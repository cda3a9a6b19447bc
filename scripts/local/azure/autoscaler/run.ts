// The pool autoscaler at work: looks, plans, resizes pools, takes empty nodes away, and says how it stands.
import { CoreV1Api, type KubeConfig, type V1Node, type V1Pod } from "@kubernetes/client-node";
import { orMissing } from "../../kube.ts";
import type { ClusterCache } from "../clusterCache.ts";
import type { Pool } from "../machines.ts";
import { isReady } from "../nodes/kwokNodes.ts";
import { poolLabels, poolSize, poolTaints, scaleSetName } from "../nodes/poolNode.ts";
import type { NodePools, PoolRecord } from "../nodes/pools.ts";
import type { Memory, Observed, PoolState, Timing } from "./model.ts";
import { toNodeState, toPodState } from "./observe.ts";
import { expendableBelow, plan } from "./plan.ts";
import { type GroupStatus, type Transitions, statusText } from "./status.ts";

export interface AutoscalerTiming extends Timing {
  /** How long a pool does not try to grow after an attempt that Azure could not serve, ms. */
  backoffMs: number;
}

/** The status is written when something changed, and as often as the real one writes it, ms. */
const statusEveryMs = 10_000;

interface Failure {
  until: number;
  errorMessage: string;
}

export class Autoscaler {
  readonly #api: CoreV1Api;
  readonly #pools: NodePools;
  readonly #cache: ClusterCache;
  readonly #timing: AutoscalerTiming;
  readonly #now: () => number;
  readonly #log: (line: string) => void;
  readonly #failures = new Map<string, Failure>();
  readonly #transitions: Transitions = {};
  #memory: Memory = {};
  #lastStatus = { summary: "", at: 0 };

  constructor(
    config: KubeConfig,
    pools: NodePools,
    cache: ClusterCache,
    timing: AutoscalerTiming,
    now: () => number,
    log: (line: string) => void,
  ) {
    this.#api = config.makeApiClient(CoreV1Api);
    this.#pools = pools;
    this.#cache = cache;
    this.#timing = timing;
    this.#now = now;
    this.#log = log;
  }

  /** One round; also makes the nodes that are due. */
  round(): Promise<void> {
    return this.#pools.exclusive(async () => {
      const scaled = this.#pools.records.filter(({ pool }) => pool.autoscaling);
      const observed = this.#observe(scaled);
      const now = this.#now();
      const { grow, remove, memory } = plan(observed, this.#memory, now, this.#timing);
      this.#memory = memory;
      for (const record of scaled) {
        const more = grow[record.pool.name] ?? 0;
        if (more > 0) this.#grow(record, more, now);
      }
      for (const name of remove) await this.#remove(name, scaled);
      await this.#pools.settle((pool) => this.#nodesOf(pool).length);
      if (scaled.length > 0) await this.#report(scaled, now);
    });
  }

  #observe(scaled: PoolRecord[]): Observed {
    const poolOf = (node: string): string | undefined =>
      scaled.find(({ pool }) => node.startsWith(scaleSetName(pool)))?.pool.name;
    return {
      pools: scaled.map((record) => this.#poolState(record)),
      nodes: this.#cache.nodes().map((node) => toNodeState(node, poolOf)),
      pods: this.#cache.pods().flatMap((pod) => toPodState(pod) ?? []),
    };
  }

  #poolState({ pool, count }: PoolRecord): PoolState {
    const failure = this.#failures.get(pool.id);
    return {
      name: pool.name,
      ...pool.autoscaling!,
      target: count,
      template: {
        labels: poolLabels(pool),
        taints: poolTaints(pool),
        allocatable: poolSize(pool).allocatable,
      },
      ...(failure && { backoffUntil: failure.until }),
    };
  }

  #grow(record: PoolRecord, more: number, now: number): void {
    const { name, id } = record.pool;
    if ((this.#pools.shortage(record).noCapacityUntil ?? 0) > now) {
      const errorMessage = `Azure has no ${record.pool.vmSize} for pool ${name} now`;
      this.#failures.set(id, { until: now + this.#timing.backoffMs, errorMessage });
      this.#log(`${errorMessage}: no further attempt for ${this.#timing.backoffMs / 1000} s`);
      return;
    }
    this.#failures.delete(id);
    this.#pools.resize(record, record.count + more);
    this.#log(`pool ${name} grows to ${record.count}`);
  }

  async #remove(name: string, scaled: PoolRecord[]): Promise<void> {
    const record = scaled.find(({ pool }) => name.startsWith(scaleSetName(pool)))!;
    if (!(await this.#pools.nodes.removeEmpty(name, isEmpty))) return;
    this.#pools.resize(record, record.count - 1);
    this.#log(`pool ${record.pool.name} shrinks to ${record.count}: ${name} was empty`);
  }

  async #report(scaled: PoolRecord[], now: number): Promise<void> {
    const groups = scaled.map((record) => this.#groupStatus(record, now));
    const summary = JSON.stringify(groups);
    if (summary === this.#lastStatus.summary && now - this.#lastStatus.at < statusEveryMs) return;
    this.#lastStatus = { summary, at: now };
    const body = {
      metadata: {
        name: "cluster-autoscaler-status",
        namespace: "kube-system",
        annotations: { "cluster-autoscaler.kubernetes.io/last-updated": new Date(now).toISOString() },
      },
      data: { status: statusText(groups, this.#transitions, now) },
    };
    const target = { name: body.metadata.name, namespace: body.metadata.namespace, body };
    if (!(await orMissing(this.#api.replaceNamespacedConfigMap(target)))) {
      await this.#api.createNamespacedConfigMap({ namespace: body.metadata.namespace, body });
    }
  }

  #nodesOf(pool: Pool): V1Node[] {
    return this.#cache.nodes().filter((node) => node.metadata!.name!.startsWith(scaleSetName(pool)));
  }

  #groupStatus(record: PoolRecord, now: number): GroupStatus {
    const nodes = this.#nodesOf(record.pool);
    const failure = this.#failures.get(record.pool.id);
    const backsOff = failure !== undefined && failure.until > now;
    return {
      name: scaleSetName(record.pool),
      ready: nodes.filter(isReady).length,
      registered: nodes.length,
      target: record.count,
      ...record.pool.autoscaling!,
      scaleUp: backsOff ? "Backoff" : record.count > nodes.length ? "InProgress" : "NoActivity",
      ...(backsOff && { backoff: { errorCode: "AllocationFailed", errorMessage: failure.errorMessage } }),
      candidates:
        record.count > record.pool.autoscaling!.min
          ? nodes.filter((node) => this.#memory[node.metadata!.name!] !== undefined).length
          : 0,
    };
  }
}

const isEmpty = (pods: V1Pod[]): boolean =>
  pods.every((pod) => {
    const state = toPodState(pod);
    return state === undefined || state.partOfNode || state.priority < expendableBelow;
  });

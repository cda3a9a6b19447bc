// The pool autoscaler at work: looks, plans, resizes pools, takes empty nodes away, and says how it stands.
import { CoreV1Api, type KubeConfig, type V1Node, type V1Pod } from "@kubernetes/client-node";
import { orMissing } from "../../kube.ts";
import type { ClusterCache } from "../clusterCache.ts";
import type { Pool } from "../machines.ts";
import { isReady } from "../nodes/kwokNodes.ts";
import { poolLabels, poolSize, poolTaints, scaleSetName } from "../nodes/poolNode.ts";
import type { NodePools, PoolRecord } from "../nodes/pools.ts";
import { expendableBelow } from "./fit.ts";
import type { Memory, Observed, PoolState, Timing } from "./model.ts";
import { goingTaint, toNodeState, toPodState } from "./observe.ts";
import { plan } from "./plan.ts";
import { type GroupStatus, type Transitions, initialStatus, statusText } from "./status.ts";

export interface AutoscalerTiming extends Timing {
  /** How long a pool does not try to grow after an attempt that Azure could not serve, ms; twice as long each time, up to six times. */
  backoffMs: number;
  /** From the taint that announces a node's end until it goes, at least, ms. */
  deletionMs: number;
}

const candidateTaint = "DeletionCandidateOfClusterAutoscaler";

/** The status is written when something changed, and as often as the real one writes it, ms. */
const statusEveryMs = 10_000;

interface Failure {
  until: number;
  /** How long it lasts, ms. */
  lasts: number;
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
  readonly #random: () => number;
  /** Since when (ms) a node is on its way out. */
  readonly #going = new Map<string, number>();
  /** The order of the groups differs between starts. */
  readonly #order = new Map<string, number>();
  #memory: Memory = { unneededSince: {}, unremovableUntil: {} };
  #lastStatus = { summary: "", at: 0 };

  constructor(
    config: KubeConfig,
    pools: NodePools,
    cache: ClusterCache,
    timing: AutoscalerTiming,
    now: () => number,
    log: (line: string) => void,
    random = Math.random,
  ) {
    this.#random = random;
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
      const { grow, remove, memory } = plan(observed, this.#memory, now, this.#timing, this.#random);
      this.#memory = memory;
      await this.#markCandidates(observed);
      for (const record of scaled) {
        const more = grow[record.pool.name] ?? 0;
        if (more > 0) this.#grow(record, more, now);
      }
      for (const name of remove) await this.#begin(name, now);
      for (const [name, since] of [...this.#going]) await this.#finish(name, since, scaled, now);
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
      const { backoffMs } = this.#timing;
      const lasts = Math.min(2 * (this.#failures.get(id)?.lasts ?? backoffMs / 2), 6 * backoffMs);
      this.#failures.set(id, { until: now + lasts, lasts, errorMessage });
      this.#log(`${errorMessage}: no further attempt for ${lasts / 1000} s`);
      return;
    }
    this.#failures.delete(id);
    this.#pools.resize(record, record.count + more);
    this.#log(`pool ${name} grows to ${record.count}`);
  }

  /** The soft taint: a workload that only prefers such a node is not placed on it any more. */
  async #markCandidates({ nodes }: Observed): Promise<void> {
    for (const { name, shape, pool } of nodes) {
      if (pool === undefined) continue;
      const has = shape.taints.some(({ key }) => key === candidateTaint);
      const should = this.#memory.unneededSince[name] !== undefined;
      if (has === should) continue;
      const value = String(Math.floor(this.#now() / 1000));
      const taint = { key: candidateTaint, value, effect: "PreferNoSchedule" };
      await this.#pools.nodes.setTaint(name, candidateTaint, should ? taint : undefined);
    }
  }

  /** Announces a node's end, unless a budget keeps one of its pods. */
  async #begin(name: string, now: number): Promise<void> {
    if (this.#going.has(name)) return;
    if (await this.#pools.nodes.isKeptByBudget(name)) {
      this.#keep(name, now);
      return;
    }
    const taint = { key: goingTaint, value: String(Math.floor(now / 1000)), effect: "NoSchedule" };
    await this.#pools.nodes.setTaint(name, goingTaint, taint, true);
    this.#going.set(name, now);
    this.#log(`node ${name} is not needed: it is drained`);
  }

  /** Evicts what is left on it; takes it away once nothing is. */
  async #finish(name: string, since: number, scaled: PoolRecord[], now: number): Promise<void> {
    const record = scaled.find(({ pool }) => name.startsWith(scaleSetName(pool)));
    const left = await this.#pools.nodes.evictAll(name, isPartOfNode);
    if (left === "refused") {
      await this.#pools.nodes.setTaint(name, goingTaint, undefined, false);
      this.#going.delete(name);
      this.#keep(name, now);
    } else if (left === "empty" && since + this.#timing.deletionMs <= now) {
      await this.#pools.nodes.remove(name);
      this.#going.delete(name);
      if (!record) return;
      this.#pools.resize(record, record.count - 1);
      this.#log(`pool ${record.pool.name} shrinks to ${record.count}: ${name} was not needed`);
    }
  }

  /** Until it is looked at again. */
  #keep(name: string, now: number): void {
    const { unneededSince, unremovableUntil } = this.#memory;
    const until = { ...unremovableUntil, [name]: now + this.#timing.recheckMs };
    const { [name]: _since, ...others } = unneededSince;
    this.#memory = { unneededSince: others, unremovableUntil: until };
    this.#log(`node ${name} stays: a disruption budget keeps its pods`);
  }

  async #report(scaled: PoolRecord[], now: number): Promise<void> {
    const order = ({ pool: { id } }: PoolRecord): number => {
      if (!this.#order.has(id)) this.#order.set(id, this.#random());
      return this.#order.get(id)!;
    };
    const groups = scaled
      .toSorted((a, b) => order(a) - order(b))
      .map((record) => this.#groupStatus(record, now));
    const summary = JSON.stringify(groups);
    if (summary === this.#lastStatus.summary && now - this.#lastStatus.at < statusEveryMs) return;
    // It begins by saying that it has begun, without groups; what follows comes with the next round.
    const isFirst = this.#lastStatus.at === 0;
    this.#lastStatus = { summary: isFirst ? "" : summary, at: now };
    const body = {
      metadata: {
        name: "cluster-autoscaler-status",
        namespace: "kube-system",
        annotations: { "cluster-autoscaler.kubernetes.io/last-updated": new Date(now).toISOString() },
      },
      data: { status: isFirst ? initialStatus(now) : statusText(groups, this.#transitions, now) },
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
      candidates: nodes.filter((node) => this.#memory.unneededSince[node.metadata!.name!] !== undefined)
        .length,
    };
  }
}

/** Ends with its node, and keeps none. */
const isPartOfNode = (pod: V1Pod): boolean => {
  const state = toPodState(pod);
  return state === undefined || state.partOfNode || state.priority < expendableBelow;
};

// One pool of the simulated cloud: nodes that start, serve, are taken away, and a rest after a request that failed.
import type { Node, Priority } from "../../balancer/model.ts";
import type { Chance } from "./chance.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";
import {
  announcementOf,
  buildNode,
  candidateTaint,
  drainTaint,
  withTaint,
  zoneOf,
} from "./nodePool/simNode.ts";
import type { PoolSpec, Timings } from "./scenario.ts";

export class NodePool {
  readonly priority: Priority;
  readonly name: string;
  readonly spec: PoolSpec;
  /** Nodes that the cloud has for us. */
  available = Infinity;
  /** The fewest that it will have until a notice from now has run out. */
  ahead = Infinity;
  /** Nodes taken away by the cloud, in all. */
  lost = 0;
  lastAddedAt = -Infinity;
  /** Nodes that the autoscaler drains, with since when; when it last gave one up. */
  readonly draining = new Map<string, number>();
  failedAt = -Infinity;
  /** Nodes on their way. */
  private starting: { readyAt: number; zone: string }[] = [];
  /** When it will be known of requests that they have failed. */
  private failing: number[] = [];
  /** Where the cloud has just taken a node: what it takes next is there too. */
  private hitZone?: string;
  /** Nodes whose end is announced, with when that is. */
  private readonly ending = new Map<string, number>();
  /** Nodes that are there and not ready yet, with when they will be. */
  private readonly readying = new Map<string, number>();
  private backoffUntil = -Infinity;
  private backoffMs: number;
  private created = 0;
  private readonly names = new Set<string>();
  private readonly unneededSince = new Map<string, number>();
  private readonly cluster: SimCluster;
  private readonly timings: Timings;

  constructor(
    priority: Priority,
    spec: PoolSpec,
    cluster: SimCluster,
    timings: Timings,
    name: string = priority,
  ) {
    this.priority = priority;
    this.name = name;
    this.spec = spec;
    this.cluster = cluster;
    this.timings = timings;
    this.backoffMs = timings.backoffMs;
  }

  /** Nodes that cost: those there, and those on their way. What will fail costs nothing. */
  get size(): number {
    return this.names.size + this.starting.length;
  }

  get nodes(): Node[] {
    return [...this.names].map((name) => this.cluster.nodes.get(name)!);
  }

  get inBackoff(): boolean {
    return this.cluster.now < this.backoffUntil;
  }

  get mayGrow(): boolean {
    return !this.inBackoff && this.size + this.failing.length < this.spec.max;
  }

  /** Nodes as they will be once they have started. */
  expected(): Node[] {
    const zones = [
      ...this.starting.map(({ zone }) => zone),
      ...[...this.readying.keys()].map((name) => this.zoneOf(name)),
      ...this.failing.map(() => this.nextZone()),
    ];
    return zones.map((zone, i) => this.build(`${this.name}-expected-${i}`, zone));
  }

  /** One more node, were it there. */
  sample(): Node {
    return this.build(`${this.name}-sample`, this.nextZone());
  }

  /** @returns a node as it will be, or undefined: the cloud has none, and the pool rests */
  request(): Node | undefined {
    const isShort = this.size - this.ending.size >= Math.min(this.available, this.ahead);
    if (this.size >= this.available || isShort) {
      if (this.timings.failedRequestMs === 0) return this.fail();
      this.failing.push(this.cluster.now + this.timings.failedRequestMs);
      return this.build(`${this.name}-failing-${this.failing.length}`, this.nextZone());
    }
    this.lastAddedAt = this.cluster.now;
    const zone = this.nextZone();
    this.starting.push({ readyAt: this.cluster.now + this.timings.nodeStartMs, zone });
    return this.build(`${this.name}-asked-${this.starting.length}`, zone);
  }

  private fail(): undefined {
    this.backoffUntil = this.cluster.now + this.backoffMs;
    this.backoffMs = Math.min(2 * this.backoffMs, 6 * this.timings.backoffMs);
  }

  /** Lets nodes register whose time has come, and get ready; all of them at once when the simulation begins. */
  arrive(now = this.cluster.now): void {
    const known = this.failing.length;
    this.failing = this.failing.filter((at) => at > now);
    if (this.failing.length < known) this.fail();
    const registers = ({ readyAt }: { readyAt: number }) => readyAt - this.timings.nodeNotReadyMs <= now;
    const there = this.starting.filter(registers);
    this.starting = this.starting.filter((each) => !registers(each));
    for (const { readyAt, zone } of there) {
      this.backoffMs = this.timings.backoffMs;
      const node = { ...this.build(`${this.name}-${++this.created}`, zone), ready: false };
      this.names.add(node.name);
      this.cluster.nodes.set(node.name, node);
      this.readying.set(node.name, readyAt);
    }
    for (const [name, readyAt] of this.readying) {
      if (readyAt > now) continue;
      this.readying.delete(name);
      const node = this.cluster.nodes.get(name)!;
      this.cluster.nodes.set(name, { ...node, ready: true, readySince: this.cluster.now });
    }
  }

  /**
   * The cloud says which nodes it will take; AKS cordons them: https://learn.microsoft.com/azure/aks/node-auto-drain.
   * What is still starting then goes without a word. @returns whether there is news
   */
  announce(chance: Chance): boolean {
    const { now, nodes } = this.cluster;
    let news = false;
    this.hitZone = undefined;
    while (this.size - this.ending.size - this.starting.length > 0) {
      if (this.size - this.ending.size <= this.ahead) break;
      const names = [...this.names].filter((name) => !this.ending.has(name));
      const name = this.victim(names, chance);
      const endsAt = now + this.timings.noticeMs;
      this.ending.set(name, endsAt);
      nodes.set(name, { ...nodes.get(name)!, ...announcementOf(endsAt) });
      news = true;
    }
    return news;
  }

  /** Takes what was announced; while there are still more than the cloud has, those that are starting, then any others. */
  preempt(chance: Chance): void {
    const due = [...this.ending].filter(([, endsAt]) => endsAt <= this.cluster.now);
    for (const [name] of due) this.lose(name);
    this.hitZone = undefined;
    while (this.size > this.available) {
      if (this.starting.length > 0) {
        this.starting.pop();
        continue;
      }
      const names = this.ending.size > 0 ? [...this.ending.keys()] : [...this.names];
      this.lose(this.victim(names, chance));
    }
  }

  /** Any; of the zone that was hit just now while it has some. */
  private victim(names: string[], chance: Chance): string {
    const there = names.filter((name) => this.zoneOf(name) === this.hitZone);
    const among = there.length > 0 ? there : names;
    const name = among[Math.floor(chance() * among.length)]!;
    this.hitZone = this.zoneOf(name);
    return name;
  }

  private lose(name: string): void {
    this.remove(name);
    this.lost++;
  }

  remove(name: string): void {
    this.names.delete(name);
    this.readying.delete(name);
    this.ending.delete(name);
    this.draining.delete(name);
    this.unneededSince.delete(name);
    this.cluster.removeNode(name);
  }

  /** Notes whether a node is of use, as the autoscaler does by a taint. @returns since when it is of none */
  judge(node: Node, isNeeded: boolean): number | undefined {
    const since = this.unneededSince.get(node.name);
    if (isNeeded === (since === undefined)) return since;
    this.taint(node.name, candidateTaint, !isNeeded);
    if (isNeeded) this.unneededSince.delete(node.name);
    else this.unneededSince.set(node.name, this.cluster.now);
    return isNeeded ? undefined : this.cluster.now;
  }

  isUnneeded({ name }: Node): boolean {
    return this.unneededSince.has(name);
  }

  /** Nothing comes to it any more, and its pods are to go. */
  drain({ name }: Node): void {
    this.taint(name, drainTaint, true);
    this.draining.set(name, this.cluster.now);
  }

  giveUpDraining(name: string): void {
    this.taint(name, drainTaint, false);
    this.draining.delete(name);
    this.failedAt = this.cluster.now;
  }

  private taint(name: string, taint: Node["taints"][number], isThere: boolean): void {
    this.cluster.nodes.set(name, withTaint(this.cluster.nodes.get(name)!, taint, isThere));
  }

  private zoneOf(name: string): string {
    return zoneOf(this.cluster.nodes.get(name)!);
  }

  /** The one with the fewest nodes, as a scale set balances them. */
  private nextZone(): string {
    const zones = Array.from({ length: this.spec.zones ?? 1 }, (_, i) => String(i + 1));
    const taken = [...this.names].map((name) => this.zoneOf(name));
    taken.push(...this.starting.map(({ zone }) => zone));
    const count = (zone: string) => taken.filter((each) => each === zone).length;
    return zones.reduce((least, zone) => (count(zone) < count(least) ? zone : least));
  }

  private build(name: string, zone: string): Node {
    const { priority, name: pool, spec, cluster } = this;
    return buildNode({ name, pool, priority, zone, spec }, cluster);
  }
}

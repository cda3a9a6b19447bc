// Regular nodes that the cluster autoscaler would still add: what is busy on spot may come back though none has room.
//
// Its new pods wait for their node while the old ones go on serving from spot. The autoscaler adds nodes only for pods
// that wait, so nothing else makes regular grow; and it does so only where they fit on no node that there is.
import type { Node, PodTemplate, Resources, Workload } from "../model.ts";
import { type EmptyRoom, roomWhenEmpty } from "./fit/emptyNode.ts";
import { nodeFit } from "./fit/nodeFit.ts";
import { nodesToCome } from "./autoscaledPools.ts";
import { withoutSplit } from "./split.ts";
import type { World } from "./world.ts";

interface GrowingPool {
  /** New nodes will be like this one. */
  sample: Node;
  /** What they leave to pods that do not run on every node. */
  free: EmptyRoom;
  /** How many more there may be. */
  left: number;
  /** Nodes that are there and start: for pods that wait already. */
  starting: number;
}

export interface NewNodes {
  count: number;
  /** Of all of them. */
  allocatable: Resources;
  /** @param times -1 gives them back */
  take: (times: 1 | -1) => void;
}

export class Growth {
  private readonly pools: GrowingPool[] = [];
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    const regular = world.nodes.filter(({ priority, pool }) => priority === "regular" && pool !== "");
    for (const [pool, members] of Map.groupBy(regular, (view) => view.pool)) {
      const left = nodesToCome(pool, world.nodes, world.snapshot.poolHealth);
      const sample = members.find(({ standing }) => standing === "usable")?.node;
      if (!sample || left === 0) continue;
      const starting = members.filter(({ standing }) => standing === "starting").length;
      this.pools.push({ sample, free: roomWhenEmpty(sample, world.podsByNode), left, starting });
    }
  }

  /** Some of its pods wait already, so the nodes for them are not there to be planned with. */
  expect(workload: Workload, pods: number): void {
    for (const pool of this.pools) {
      const count = this.countIn(pool, workload, pods);
      if (count === undefined) continue;
      const atOnce = Math.min(pool.starting, count);
      pool.starting -= atOnce;
      pool.left = Math.max(0, pool.left - (count - atOnce));
      return;
    }
  }

  /** New nodes for so many of its pods; undefined: none that there may be, or nobody knows whether they would do. */
  nodesFor(workload: Workload, pods: number): NewNodes | undefined {
    for (const pool of this.pools) {
      const { sample } = pool;
      const count = this.countIn(pool, workload, pods);
      if (count === undefined || count > pool.left) continue;
      return {
        count,
        allocatable: { cpu: count * sample.allocatable.cpu, memory: count * sample.allocatable.memory },
        take: (times) => (pool.left -= count * times),
      };
    }
    return undefined;
  }

  /** How many of its nodes so many pods take; undefined: it cannot be said, or they fit on none. */
  private countIn({ sample, free }: GrowingPool, workload: Workload, pods: number): number | undefined {
    const { template } = withoutSplit(workload, this.world.policy);
    if (dependsOnOthers(template)) return undefined;
    const { cpu, memory } = template.requests;
    const onEach = Math.floor(
      Math.min(free.cpu / Math.max(1, cpu), free.memory / Math.max(1, memory), free.pods),
    );
    return onEach < 1 || nodeFit(template)(sample) ? undefined : Math.ceil(pods / onEach);
  }
}

/** Where other pods, or the zone of a node, have a say in where it may run. */
function dependsOnOthers(template: PodTemplate): boolean {
  const { hostPorts, podAffinity, podAntiAffinity, topologySpread, volumes } = template;
  return [hostPorts, podAffinity, podAntiAffinity, topologySpread, volumes.zones].some(
    ({ length }) => length > 0,
  );
}

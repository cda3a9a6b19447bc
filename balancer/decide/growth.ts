// Regular nodes that the cluster autoscaler would still add: what is busy on spot may come back though none has room.
//
// Its new pods wait for their node while the old ones go on serving from spot. The autoscaler adds nodes only for pods
// that wait, so nothing else makes regular grow; and it does so only where they fit on no node that there is.
import type { Node, PodTemplate, Resources } from "../model.ts";
import { nodeFit } from "./fit/nodeFit.ts";
import { nodesToCome } from "./autoscaledPools.ts";
import { withoutSplit } from "./split.ts";
import { isOnEveryNode } from "./podRoles.ts";
import type { Candidate, World } from "./world.ts";

interface GrowingPool {
  /** New nodes will be like this one. */
  sample: Node;
  /** What they leave to pods that do not run on every node. */
  free: Resources & { pods: number };
  /** How many more there may be. */
  left: number;
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
      const free = { ...sample.allocatable };
      for (const { requests } of (world.podsByNode.get(sample.name) ?? []).filter(isOnEveryNode)) {
        free.cpu -= requests.cpu;
        free.memory -= requests.memory;
        free.pods -= 1;
      }
      this.pools.push({ sample, free, left });
    }
  }

  /** New nodes for so many of its pods; undefined: none that there may be, or nobody knows whether they would do. */
  nodesFor({ workload }: Candidate, pods: number): NewNodes | undefined {
    const { template } = withoutSplit(workload, this.world.policy);
    if (dependsOnOthers(template)) return undefined;
    const mismatch = nodeFit(template);
    const { cpu, memory } = template.requests;
    for (const pool of this.pools) {
      const { sample, free } = pool;
      const onEach = Math.floor(Math.min(free.cpu / cpu, free.memory / Math.max(1, memory), free.pods));
      const count = Math.ceil(pods / onEach);
      if (onEach < 1 || count > pool.left || mismatch(sample)) continue;
      return {
        count,
        allocatable: { cpu: count * sample.allocatable.cpu, memory: count * sample.allocatable.memory },
        take: (times) => (pool.left -= count * times),
      };
    }
    return undefined;
  }
}

/** Where other pods, or the zone of a node, have a say in where it may run. */
function dependsOnOthers(template: PodTemplate): boolean {
  const { hostPorts, podAffinity, podAntiAffinity, topologySpread, volumes } = template;
  return [hostPorts, podAffinity, podAntiAffinity, topologySpread, volumes.zones].some(
    ({ length }) => length > 0,
  );
}

// Azure takes a spot machine back: a short notice on the node, then the node is gone, and none comes for a while.
import { setTimeout as delay } from "node:timers/promises";
import type { V1NodeCondition } from "@kubernetes/client-node";
import { scaleSetName } from "./poolNode.ts";
import type { NodePools, PoolRecord } from "./pools.ts";

export interface Preemption {
  /** Name of the node. */
  node: string;
  /** Between notice and end, ms; Azure gives up to 30 s, often under 10. Default 5 s. */
  noticeMs?: number;
  /** Azure has no machine for the pool for this long after, ms. Default 30 s. */
  outageMs?: number;
}

/** Returns when the node is gone. Throws when there is no such spot node. */
export async function preempt(
  pools: NodePools,
  { node, noticeMs = 5_000, outageMs = 30_000 }: Preemption,
  now: () => number,
  log: (line: string) => void,
): Promise<void> {
  const record = spotPoolOf(pools, node);
  await pools.exclusive(async () => {
    const nodes = await pools.nodes.list(record.pool);
    if (!nodes.some(({ metadata }) => metadata?.name === node))
      throw new Error(`there is no node ${node} to take`);
    // From the notice on Azure sells no more of these machines to us.
    pools.shortage(record).noCapacityUntil = now() + noticeMs + outageMs;
    await pools.nodes.announce(node, preemptScheduled(now(), noticeMs));
    log(`Azure takes ${node} back in ${noticeMs / 1000} s`);
    await pools.nodes.drain(node);
  });
  await delay(noticeMs);
  await pools.exclusive(async () => {
    await pools.nodes.vanish(node);
    if (record.pool.autoscaling) pools.resize(record, Math.max(0, record.count - 1));
    pools.shortage(record).noCapacityUntil = now() + outageMs;
    log(`node ${node} is gone (preempted), no machine for pool ${record.pool.name} for ${outageMs / 1000} s`);
  });
}

/** As AKS's node problem detector says it: aks-node-termination-handler#98, Azure/karpenter-provider-azure#1594. */
function preemptScheduled(now: number, noticeMs: number): V1NodeCondition {
  const time = new Date(now);
  return {
    type: "VMEventScheduled",
    status: "True",
    reason: "VMEventScheduled",
    message: `Preempt Scheduled: ${new Date(now + noticeMs).toUTCString()}. DurationInSeconds: -1`,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  };
}

function spotPoolOf(pools: NodePools, node: string): PoolRecord {
  const record = pools.records.find(
    ({ pool }) => pool.priority === "Spot" && node.startsWith(scaleSetName(pool)),
  );
  if (!record) throw new Error(`${node} is no node of a spot pool: Azure preempts only those`);
  return record;
}

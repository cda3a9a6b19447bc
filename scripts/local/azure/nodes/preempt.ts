// Azure takes a spot machine back: a short notice on the node, then the node is gone, and none comes for a while.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Notice } from "./notice.ts";
import { scaleSetName } from "./poolNode.ts";
import type { NodePools, PoolRecord } from "./pools.ts";

export interface Preemption {
  /** Name of the node. */
  node: string;
  /** Between notice and end, ms; Azure gives up to 30 s, often under 10. Default 5 s. */
  noticeMs?: number;
  /** Azure has no machine for the pool for this long after, ms. Default 30 s. */
  outageMs?: number;
  /** Which of Azure's two ways the node is told in. Default "VMEventScheduled", the older one. */
  form?: Notice["form"];
  /** AKS's node auto-drain tries to evict the pods during the notice. Default true. */
  drain?: boolean;
}

/** Returns when the node is gone. Throws when there is no such spot node. */
export async function preempt(
  pools: NodePools,
  { node, noticeMs = 5_000, outageMs = 30_000, form = "VMEventScheduled", drain = true }: Preemption,
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
    const eventId = randomUUID().toUpperCase();
    await pools.nodes.announce(node, {
      event: "Preempt",
      form,
      at: now(),
      notBefore: now() + noticeMs,
      eventId,
    });
    log(`Azure takes ${node} back in ${noticeMs / 1000} s`);
    if (drain) await pools.nodes.drain(node);
  });
  await delay(noticeMs);
  await pools.exclusive(async () => {
    await pools.nodes.vanish(node);
    if (record.pool.autoscaling) pools.resize(record, Math.max(0, record.count - 1));
    pools.shortage(record).noCapacityUntil = now() + outageMs;
    log(`node ${node} is gone (preempted), no machine for pool ${record.pool.name} for ${outageMs / 1000} s`);
  });
}

/** Azure has machines again for the pool, now. Throws when there is no such pool. */
export function restoreCapacity(pools: NodePools, poolName: string): void {
  const record = pools.records.find(({ pool }) => pool.name === poolName);
  if (!record)
    throw new Error(
      `there is no pool ${poolName}, only ${pools.records.map(({ pool }) => pool.name).join(", ")}`,
    );
  delete pools.shortage(record).noCapacityUntil;
}

function spotPoolOf(pools: NodePools, node: string): PoolRecord {
  const record = pools.records.find(
    ({ pool }) => pool.priority === "Spot" && node.startsWith(scaleSetName(pool)),
  );
  if (!record) throw new Error(`${node} is no node of a spot pool: Azure preempts only those`);
  return record;
}

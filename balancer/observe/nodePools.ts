// The pools of Karpenter, and of AKS' node auto-provisioning, which write no status ConfigMap: NodePools say how far each may
// grow and whether empty nodes go, NodeClaims which machines do not come, and which go without a plan of Karpenter's.
//
// https://karpenter.sh/docs/concepts/nodepools/, kubernetes-sigs/karpenter pkg/apis/v1
import { ApiError, isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { timeOf } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import { parseCpu, parseMemory } from "../kube/quantity.ts";
import type { PoolHealth } from "../model.ts";
import { goDuration } from "./goDuration.ts";
import { guarded, orElse } from "./guard.ts";
import type { PoolReport } from "./poolHealth.ts";
import { listOf, textsOf } from "./shapes.ts";

const nodePoolLabel = "karpenter.sh/nodepool";
const capacityTypeLabel = "karpenter.sh/capacity-type";

/** A cloud that has the machine says so within seconds; what it has not by then is capacity that there is none of. */
const launchMs = 60_000;
/** As long as Karpenter itself waits until it gives up a machine that does not register (registrationTTL). */
const registrationMs = 15 * 60_000;
/** Without limits there is one all the same: of numbers, not of nodes. */
const unlimited = 1_000_000;

interface Condition {
  type?: string;
  status?: string;
}

export interface RawNodePool {
  metadata: { name: string; namespace: string };
  spec?: {
    limits?: Record<string, unknown>;
    /** Static capacity: so many nodes, no more and no less. */
    replicas?: unknown;
    disruption?: { consolidateAfter?: unknown; budgets?: unknown };
  };
  status?: { resources?: Record<string, unknown>; nodes?: unknown; conditions?: unknown };
}

export interface RawNodeClaim {
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
  };
  spec?: { expireAfter?: unknown };
  status?: { conditions?: unknown; nodeName?: unknown };
}

export interface NodePoolReport extends PoolReport {
  /** Names of spot nodes that the cloud takes back, though they look as if they were drained by plan. */
  reclaimed?: ReadonlySet<unknown>;
}

/** Empty where there is no Karpenter. */
export async function readNodePools(client: KubeClient): Promise<NodePoolReport> {
  const api = "/apis/karpenter.sh/v1";
  try {
    const unknown = ({ metadata: { name } }: RawNodePool) =>
      ({ pool: name, health: "Unhealthy", backoff: false }) as const;
    const pools = await listAll(
      client,
      `${api}/nodepools`,
      guarded<RawNodePool, PoolHealth>(poolOf, unknown),
    );
    if (pools.length === 0) return { pools };
    const names = new Set(pools.map(({ pool }) => pool));
    const waiting = new Map<string, number>();
    const reclaimed = new Set<unknown>();
    const read = (claim: RawNodeClaim): undefined => {
      const late = lateClaim(claim, client.now());
      if (late) waiting.set(late.pool, late.since);
      if (names.has(claim.metadata.labels?.[nodePoolLabel] ?? "") && isReclaimed(claim))
        reclaimed.add(claim.status?.nodeName);
    };
    await listAll(client, `${api}/nodeclaims`, guarded(read));
    return {
      reclaimed,
      pools: pools.map((each) =>
        waiting.has(each.pool) ? { ...each, backoff: true, since: waiting.get(each.pool)! } : each,
      ),
    };
  } catch (error) {
    if (isStatus(error, 404)) return { pools: [] };
    // A right that is missing, or a webhook that would have to convert them (aws/karpenter-provider-aws#7378).
    if (!(error instanceof ApiError)) throw error;
    return {
      pools: [],
      problem: `NodePools ${isStatus(error, 403) ? "may not" : "cannot"} be read, so nothing is known of Karpenter's pools: ${error.message}`,
    };
  }
}

export function poolOf({ metadata, spec = {}, status = {} }: RawNodePool): PoolHealth {
  const resources = quantitiesOf(status.resources, "resources");
  const nodes = count(status.nodes) ?? count(resources["nodes"]) ?? 0;
  const fixed = count(spec.replicas);
  const conditions = listOf(status.conditions as Condition[] | undefined, "conditions");
  const isFailing = conditions.some(
    ({ type, status }) => (type === "Ready" || type === "NodeRegistrationHealthy") && status === "False",
  );
  return {
    pool: metadata.name,
    health: isFailing ? "Unhealthy" : "Healthy",
    backoff: false,
    nodes,
    minSize: fixed ?? (keepsEmptyNodes(spec.disruption) ? nodes : 0),
    maxSize: fixed ?? mostNodes(quantitiesOf(spec.limits, "limits"), resources, nodes),
  };
}

/** Limits are of resources, so how many nodes that is, is told by those there are. */
function mostNodes(limits: Record<string, string>, used: Record<string, string>, nodes: number): number {
  let most = count(limits["nodes"]) ?? unlimited;
  for (const [name, parse] of [
    ["cpu", parseCpu],
    ["memory", parseMemory],
  ] as const) {
    if (limits[name] === undefined) continue;
    const [limit, inUse] = [parse(limits[name]), parse(used[name] ?? "0")];
    const left = limit - inUse;
    const more = left <= 0 ? 0 : nodes > 0 ? Math.floor((left * nodes) / inUse) : unlimited;
    most = Math.min(most, nodes + more);
  }
  return most;
}

/** No node ever goes for being empty. A budget with a schedule holds at times only, and is no promise either way. */
function keepsEmptyNodes(disruption: NonNullable<RawNodePool["spec"]>["disruption"] = {}): boolean {
  if (disruption.consolidateAfter === "Never") return true;
  const budgets = listOf(
    disruption.budgets as { nodes?: unknown; schedule?: unknown; reasons?: unknown }[] | undefined,
    "budgets",
  );
  return budgets.some(
    ({ nodes, schedule, reasons }) =>
      (nodes === "0" || nodes === "0%") &&
      schedule === undefined &&
      (!Array.isArray(reasons) || reasons.length === 0 || reasons.includes("Empty")),
  );
}

/** A machine that is asked for and does not come. */
function lateClaim({ metadata, status = {} }: RawNodeClaim, now: number) {
  const pool = metadata.labels?.[nodePoolLabel];
  const since = timeOf(metadata.creationTimestamp);
  if (pool === undefined || since === undefined) return undefined;
  const conditions = listOf(status.conditions as Condition[] | undefined, "conditions");
  const is = (wanted: string) => conditions.some(({ type, status }) => type === wanted && status === "True");
  const patience = is("Launched") ? registrationMs : launchMs;
  return is("Registered") || now - since < patience ? undefined : { pool, since };
}

/**
 * A spot interruption taints the node as consolidation does (aws/karpenter-provider-aws#6103). But what Karpenter plans itself,
 * it writes on the NodeClaim before it deletes it (kubernetes-sigs/karpenter `pkg/controllers/disruption/queue.go`), and what
 * has expired is old (`pkg/controllers/nodeclaim/expiration`). One that a person has deleted cannot be told apart.
 */
function isReclaimed({ metadata, spec = {}, status = {} }: RawNodeClaim): boolean {
  const [since, deletedAt] = [timeOf(metadata.creationTimestamp), timeOf(metadata.deletionTimestamp)];
  if (since === undefined || deletedAt === undefined) return false;
  // `Never` has no end.
  const lifetime = goDuration(String(spec.expireAfter)) ?? Infinity;
  const conditions = listOf(status.conditions as Condition[] | undefined, "conditions");
  const isPlanned = conditions.some(({ type, status }) => type === "DisruptionReason" && status === "True");
  const isExpired = deletedAt - since >= lifetime;
  return metadata.labels?.[capacityTypeLabel] === "spot" && !isPlanned && !isExpired;
}

/** The API keeps a number of a custom resource as it was written. */
const quantitiesOf = (map: Record<string, unknown> = {}, what: string): Record<string, string> =>
  textsOf(
    Object.fromEntries(
      Object.entries(map).map(([name, value]) => [name, typeof value === "number" ? String(value) : value]),
    ) as Record<string, string>,
    what,
  );

function count(value: unknown): number | undefined {
  const parsed = orElse(Number.NaN, () => parseMemory(value as string));
  return parsed >= 0 ? Math.floor(parsed) : undefined;
}

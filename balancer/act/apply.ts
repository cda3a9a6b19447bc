// Writes a workload's placement and memory by server-side apply, as the owner of just these fields.
import type {
  V1LabelSelector,
  V1ManagedFieldsEntry,
  V1TopologySpreadConstraint,
} from "@kubernetes/client-node";
import { spotTolerations } from "../decide/tolerations.ts";
import { UnreachableError } from "../failures.ts";
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { readOwnership } from "../kube/ownership.ts";
import { workloadPath } from "../kube/workloadPath.ts";
import { type Move, revisionLabel } from "../model.ts";
import type { Policy } from "../policy.ts";
import { fieldManager, memoryAnnotations, readMemory } from "../state.ts";
import { type Answer, changed, done, failed, skipped } from "./answers.ts";

/** A move that changes the pod template. */
export type PlacementMove = Move & Required<Pick<Move, "placement" | "memory">>;

interface LiveWorkload {
  metadata: {
    uid: string;
    resourceVersion: string;
    generation?: number;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
    managedFields?: Json<V1ManagedFieldsEntry>[];
  };
  spec: { selector?: Json<V1LabelSelector> };
}

/**
 * Reads the workload again, and writes only when it is still the one that the plan was made for. The write carries
 * the resource version just read, so that nothing can come in between.
 */
export async function applyMove(client: KubeClient, policy: Policy, move: PlacementMove): Promise<Answer> {
  const path = workloadPath(move.workload);
  try {
    const live = await client.send<LiveWorkload>({ path });
    const { placement, placementOwner } = readOwnership(live.metadata.managedFields);
    if (live.metadata.uid !== move.uid) return changed("it was deleted and made anew");
    if (live.metadata.deletionTimestamp) return changed("it is being deleted");
    if (live.metadata.generation !== move.generation) return changed("its spec was changed");
    if (placementOwner !== undefined) return foreignOwner(placementOwner);
    if ((move.placement === placement) !== (move.renews ?? false)) {
      return changed(`it is placed on ${placement} by now`);
    }
    const body = appliedObject(move, live, policy);
    await send(client, path, body, move);
    return done("Applied", `placed on ${move.placement}`);
  } catch (error) {
    return refusedWrite(error);
  }
}

/** Applying an object without the placement gives back the fields that we owned: they vanish. */
function appliedObject(move: PlacementMove, { metadata, spec }: LiveWorkload, policy: Policy) {
  const { kind, namespace, name } = move.workload;
  const { uid, resourceVersion } = metadata;
  const placement = { ...spotPlacement(policy), ...splitOver(move, spec.selector) };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: {
      ...{ namespace, name, uid, resourceVersion },
      annotations: memoryAnnotations(move.memory),
    },
    ...(move.placement === "spot" && {
      spec: { template: { metadata: placedAt(move), spec: placement } },
    }),
  };
}

/** Differs with every move to spot: where the placement itself is there already, this is what replaces the pods. */
const placedAt = ({ memory: { lastMovedAt } }: PlacementMove) => ({
  annotations: { "spot-balancer/placed-at": new Date(lastMovedAt).toISOString() },
});

/** Tolerates spot's taints and prefers spot nodes. Not *required*: with spot gone, the pods still run on regular. */
function spotPlacement(policy: Policy) {
  const matchExpressions = Object.entries(policy.pools.spot.nodeLabels).map(([key, value]) => {
    return { key, operator: "In", values: [value] };
  });
  const preferred = [{ weight: 100, preference: { matchExpressions } }];
  return {
    tolerations: spotTolerations(policy),
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } },
  };
}

/**
 * Keeps the replicas of a split workload on both sides. No `minDomains`: with no spot node left, all may run on regular.
 * Taints are honored, so that nodes which are lost or cordoned count as gone too; and only pods of the new template
 * count, or the first ones of a rollout would be balanced against those that they replace. The list is keyed by
 * `topologyKey` and `whenUnsatisfiable`, so we own this item of it and no other.
 */
function splitOver({ split, workload }: PlacementMove, labelSelector: Json<V1LabelSelector> | undefined) {
  if (!split) return {};
  const { topologyKey, maxSkew } = split;
  const constraint: Json<V1TopologySpreadConstraint> = {
    ...{ topologyKey, maxSkew, labelSelector },
    whenUnsatisfiable: "DoNotSchedule",
    nodeTaintsPolicy: "Honor",
    matchLabelKeys: [revisionLabel[workload.kind]!],
  };
  return { topologySpreadConstraints: [constraint] };
}

/** After a cut connection the write may have been done: the workload itself tells, by what it remembers. */
async function send(client: KubeClient, path: string, body: unknown, move: PlacementMove): Promise<void> {
  const contentType = "application/apply-patch+yaml"; // JSON is YAML
  try {
    await client.send({ method: "PATCH", path, query: { fieldManager }, contentType, body });
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const live = await client.send<LiveWorkload>({ path });
    if (readMemory(live.metadata.annotations)?.lastMovedAt !== move.memory.lastMovedAt) throw error;
  }
}

function refusedWrite(error: unknown): Answer {
  if (isStatus(error, 404)) return changed("it was deleted");
  if (isStatus(error, 409)) {
    const owners = error.causes.filter(({ reason }) => reason === "FieldManagerConflict");
    return owners.length > 0
      ? foreignOwner(owners.map(({ message }) => message).join("; "))
      : changed(error.message);
  }
  return failed(error);
}

const foreignOwner = (who: string): Answer =>
  skipped(
    "ForeignOwner",
    `its tolerations or node affinity belong to somebody else, which is not forced: ${who}`,
  );

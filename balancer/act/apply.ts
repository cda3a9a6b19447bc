// Writes a workload's placement and memory by server-side apply, as the owner of just these fields.
import type { V1LabelSelector, V1PodTemplateSpec, V1TopologySpreadConstraint } from "@kubernetes/client-node";
import { UnreachableError } from "../failures.ts";
import { type ApiError, isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Json, Metadata } from "../kube/json.ts";
import { othersHaveOurAnnotations, ownershipOf } from "../placement/ownership.ts";
import { workloadPath } from "../kube/workloadPath.ts";
import { type Move, revisionLabel } from "../model.ts";
import { overwrittenFields, placedAt, presentPlacement, spotPlacement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import { fieldManager, memoryAnnotations, readMemory } from "../state.ts";
import { type Answer, changed, done, failed, skipped } from "./answers.ts";
import { takenBack } from "./takenBack.ts";

/** A move that changes the pod template. */
export type PlacementMove = Move & Required<Pick<Move, "placement" | "memory">>;

interface LiveWorkload {
  metadata: Metadata;
  spec: { selector?: Json<V1LabelSelector>; template?: Json<V1PodTemplateSpec> };
}

/**
 * Would the move be refused? Asked of the API server, with all that has a say there, before anything else is done for it.
 * Where some webhook there cannot be asked (Azure/AKS#2197), only the move itself can tell.
 */
export async function tryMove(
  client: KubeClient,
  policy: Policy,
  move: PlacementMove,
): Promise<Answer | undefined> {
  const answer = await applyMove(client, policy, move, { dryRun: "All" });
  return answer.result === "Done" || / does not support dry run/.test(answer.message) ? undefined : answer;
}

const mostReadings = 3;

/**
 * Reads the workload again, and writes only when it is still the one that the plan was made for. The write carries
 * the resource version just read, so that nothing can come in between.
 */
export async function applyMove(
  client: KubeClient,
  policy: Policy,
  move: PlacementMove,
  query: { dryRun?: "All" } = {},
  readings = 1,
): Promise<Answer> {
  const path = workloadPath(move.workload);
  try {
    const live = await client.send<LiveWorkload>({ path });
    const { placement, placementOwner, carriedBy } = ownershipOf(live, policy);
    if (live.metadata.uid !== move.uid) return changed("it was deleted and made anew");
    if (live.metadata.deletionTimestamp) return changed("it is being deleted");
    if (live.metadata.generation !== move.generation) return changed("its spec was changed");
    // What of it is ours can always be released.
    if (placementOwner !== undefined && move.placement === "spot") return foreignOwner(placementOwner);
    if ((move.placement === placement) !== (move.renews ?? false)) {
      return changed(`it is placed on ${placement} by now`);
    }
    if (carriedBy !== undefined && move.placement === "spot" && isMixed(live, policy))
      return foreignOwner(carriedBy);
    const isCarried = carriedBy !== undefined || othersHaveOurAnnotations(live.metadata.managedFields);
    // What is taken out of theirs first cannot be tried apart from it.
    if (isCarried && query.dryRun) return done("Tried", "not tried");
    const own = isCarried ? await takenBack(client, path, live, policy) : live;
    const written = await send(client, path, appliedObject(move, own, policy), move, query);
    const overwritten = move.placement === "spot" ? overwrittenFields(written.spec.template, policy) : [];
    if (overwritten.length > 0) return overruled(overwritten);
    return done("Applied", `placed on ${move.placement}`);
  } catch (error) {
    // Often only its status was written meanwhile, most of all while its nodes are lost (argoproj/argo-cd#21085).
    if (isStatus(error, 409) && conflicts(error).length === 0 && readings < mostReadings)
      return applyMove(client, policy, move, query, readings + 1);
    return refusedWrite(error);
  }
}

/** What of others stays in fields that we would have to own alone. */
const isMixed = ({ spec }: LiveWorkload, policy: Policy): boolean =>
  presentPlacement(spec.template, policy)?.mixed === true;

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
      spec: { template: { metadata: placedNow(move), spec: placement } },
    }),
  };
}

/** Where the placement itself is there already, another time is what replaces the pods. */
const placedNow = ({ memory }: PlacementMove) => ({
  annotations: { [placedAt]: new Date(memory.placedAt ?? memory.lastMovedAt).toISOString() },
});

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
async function send(
  client: KubeClient,
  path: string,
  body: unknown,
  move: PlacementMove,
  { dryRun }: { dryRun?: "All" },
): Promise<LiveWorkload> {
  const contentType = "application/apply-patch+yaml"; // JSON is YAML
  const query = { fieldManager, ...(dryRun && { dryRun }) };
  try {
    return await client.send<LiveWorkload>({ method: "PATCH", path, query, contentType, body });
  } catch (error) {
    if (!(error instanceof UnreachableError) || dryRun) throw error;
    const live = await client.send<LiveWorkload>({ path });
    if (readMemory(live.metadata.annotations)?.lastMovedAt !== move.memory.lastMovedAt) throw error;
    return live;
  }
}

/** Fields that somebody else owns. */
const conflicts = ({ causes }: ApiError) => causes.filter(({ reason }) => reason === "FieldManagerConflict");

function refusedWrite(error: unknown): Answer {
  if (isStatus(error, 404)) return changed("it was deleted");
  if (isStatus(error, 409)) {
    const owners = conflicts(error);
    return owners.length > 0
      ? foreignOwner(owners.map(({ message }) => message).join("; "))
      : changed(error.message);
  }
  return failed(error);
}

/** Gatekeeper's Assign (open-policy-agent/gatekeeper#1049) and Kyverno's mutate rules set whole lists. */
const overruled = (fields: string[]): Answer => ({
  result: "Failed",
  reason: "Rejected",
  message: `a webhook or a mutating policy replaces its ${fields.join(" and ")}, so the placement has no effect: exempt them there, or keep the workload off spot by policy`,
});

const foreignOwner = (who: string): Answer =>
  skipped(
    "ForeignOwner",
    `its tolerations or node affinity belong to somebody else, which is not forced: ${who}`,
  );

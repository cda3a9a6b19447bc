// Judges manifests before they are deployed: the same readers and the same decision as in a round, on an assumed cluster.
import { decide } from "./decide.ts";
import { explain } from "./decide/explain.ts";
import { by } from "./decide/world.ts";
import { type Refusal, emptyState, workloadKey, workloadRef } from "./model.ts";
import { observe } from "./observe.ts";
import { clusterOf } from "./offline/cluster.ts";
import { idlePrometheus, playedClient } from "./offline/connections.ts";
import { type Found, type FoundObject, type Origin, keyOf } from "./offline/files.ts";
import type { PlayedPod } from "./offline/pods.ts";
import { type Change, changesFor, isOnPurpose } from "./offline/remedies.ts";
import type { Policy } from "./policy.ts";
import { namespaceRule } from "./policy/namespaces.ts";
import type { RefusalReason } from "./reasons.ts";

export interface Obstacle {
  reason: RefusalReason;
  message: string;
  /** What would remove it; none: nothing in a manifest would. */
  changes: Change[];
}

export interface Verdict {
  kind: string;
  namespace: string;
  name: string;
  origin: Origin;
  /** `spot`: it could go there when it is idle. `purpose`: policy or a label keeps it, as somebody wants. */
  verdict: "spot" | "regular" | "purpose";
  /** In the order in which they are asked; the first one is what a round would say. */
  obstacles: Obstacle[];
  replicas: number;
  /** Millicores that all replicas request. */
  cpu: number;
}

export interface OfflineReport {
  /** 0…100: of the workloads that nobody keeps on purpose, how many could go to spot; 100 where there are none. */
  score: number;
  workloads: Verdict[];
  /** Of the CPU that is requested, the part that could go to spot, 0…1. */
  cpuShare: number;
  notes: string[];
}

/** @param policy without limits of time and number (`unhurried`) */
export async function judgeOffline(
  { objects, skipped }: Found,
  policy: Policy,
  now: number,
): Promise<OfflineReport> {
  const byKey = new Map<string, Found["objects"][number]>();
  const notes = [...skipped];
  for (const each of objects) {
    const key = `${each.object.apiVersion} ${keyOf(each.object)}`;
    const known = byKey.get(key);
    if (known) notes.push(`${keyOf(each.object)} is in ${known.origin.file} and in ${each.origin.file}: the last one counts`); // prettier-ignore
    byKey.set(key, each);
  }
  const kept = [...byKey.values()];
  const all = kept.map(({ object }) => object);
  const lists = clusterOf(all, policy, now);
  const client = playedClient(lists, now);
  const prometheus = idlePrometheus(lists["pods"] as PlayedPod[], policy, now);
  const { snapshot } = await observe(client, prometheus, policy, emptyState);
  const plan = decide(snapshot, policy, now);
  const moved = new Set(plan.moves.map(({ workload }) => workloadKey(workload)));
  const refused = new Map(plan.refusals.map((each) => [workloadKey(each.workload), each]));
  const found = new Map(kept.map((each) => [keyOf(each.object), each]));

  const workloads = snapshot.workloads
    .flatMap((workload): Verdict[] => {
      const key = workloadKey(workload);
      const [source, refusal] = [found.get(key), refused.get(key)];
      if (!source || (!refusal && !moved.has(key))) return [];
      const obstacles = refusal ? obstaclesOf(refusal, source.object) : [];
      const verdict = !refusal ? "spot" : isOnPurpose(refusal.reason) ? "purpose" : "regular";
      const { replicas, template } = workload;
      const cpu = replicas * template.requests.cpu;
      return [{ ...workloadRef(workload), origin: source.origin, verdict, obstacles, replicas, cpu }];
    })
    .sort(by(workloadKey));
  return { ...scoreOf(workloads), workloads, notes };

  function obstaclesOf({ workload, reason, message }: Refusal, object: FoundObject): Obstacle[] {
    const { kind, namespace, name } = workload;
    const objections = new Map<string, string>([[reason, message]]);
    // Of what is wanted so, no more is asked; of what cannot be read, nothing else is known.
    const explained =
      isOnPurpose(reason) || reason === "Unreadable"
        ? []
        : explain(`${namespace}/${name}`, plan, { snapshot, policy, now });
    const checks = explained.find(({ workload }) => workload.kind === kind)?.checks ?? [];
    // What is structural: the rest asks what only a running cluster knows.
    for (const { asked } of checks.slice(0, 4))
      for (const { reason, message } of asked)
        if (reason !== undefined && !objections.has(reason)) objections.set(reason, message ?? "");
    const told = new Set<string>();
    return [...objections].flatMap(([name, message]): Obstacle[] => {
      const reason = name as RefusalReason;
      const changes = changesFor(reason, object, all, policy);
      // One change may remove several: with Recreate goes the gap as well.
      const key = JSON.stringify(changes.map(({ patch, of }) => patch && { patch, of }));
      if (changes.some(({ patch }) => patch) && told.has(key)) return [];
      told.add(key);
      return [{ reason, message, changes }];
    });
  }
}

function scoreOf(workloads: Verdict[]): Pick<OfflineReport, "score" | "cpuShare"> {
  const meant = workloads.filter(({ verdict }) => verdict !== "purpose");
  const could = meant.filter(({ verdict }) => verdict === "spot");
  const cpu = (list: Verdict[]) => list.reduce((sum, each) => sum + each.cpu, 0);
  return {
    score: meant.length === 0 ? 100 : Math.round((could.length / meant.length) * 100),
    cpuShare: cpu(workloads) === 0 ? 0 : cpu(could) / cpu(workloads),
  };
}

/** Every namespace of the manifests listed, and nothing that only passes with time: windows, budgets, shares. */
export function unhurried(policy: Policy, objects: readonly FoundObject[], isGiven: boolean): Policy {
  const plain = namespaceRule.parse({});
  const listed = isGiven
    ? policy.namespaces
    : Object.fromEntries(objects.map(({ metadata }) => [metadata.namespace, plain]));
  const namespaces = Object.fromEntries(
    Object.entries(listed).map(([name, rule]) => [name, { ...rule, windows: [], maxSpotShare: 1 }]),
  );
  const most = Number.MAX_SAFE_INTEGER;
  return { ...policy, namespaces, budgets: { maxMovesPerRound: most, maxMovesPerHour: most } };
}

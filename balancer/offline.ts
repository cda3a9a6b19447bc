// Judges manifests before they are deployed: the same readers and the same decision as in a round, on an assumed cluster.
import { decide } from "./decide.ts";
import { explain } from "./decide/explain.ts";
import { by } from "./decide/world.ts";
import { emptyState, workloadKey } from "./model.ts";
import { observe } from "./observe.ts";
import { clusterOf } from "./offline/cluster.ts";
import { idlePrometheus, playedClient } from "./offline/connections.ts";
import type { Found, FoundObject, Origin } from "./offline/files.ts";
import type { PlayedPod } from "./offline/pods.ts";
import { type Change, changesFor, isOnPurpose } from "./offline/remedies.ts";
import type { Policy } from "./policy.ts";
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
  const lists = clusterOf(kept.map(({ object }) => object), policy, now); // prettier-ignore
  const client = playedClient(lists, now);
  const prometheus = idlePrometheus(lists["pods"] as PlayedPod[], policy, now);
  const { snapshot } = await observe(client, prometheus, policy, emptyState);
  const plan = decide(snapshot, policy, now);
  const moved = new Set(plan.moves.map(({ workload }) => workloadKey(workload)));
  const found = new Map(kept.map((each) => [keyOf(each.object), each]));

  const workloads = [...plan.moves, ...plan.refusals]
    .map(({ workload }) => workload)
    .flatMap((workload): Verdict[] => {
      const source = found.get(workloadKey(workload));
      const seen = snapshot.workloads.find((each) => workloadKey(each) === workloadKey(workload));
      if (!source || !seen) return [];
      const obstacles = moved.has(workloadKey(workload))
        ? []
        : obstaclesOf(workload, source.object, kept.map(({ object }) => object)); // prettier-ignore
      const verdict =
        obstacles.length === 0 ? "spot" : isOnPurpose(obstacles[0]!.reason) ? "purpose" : "regular";
      const { replicas, template } = seen;
      return [
        {
          ...workload,
          origin: source.origin,
          verdict,
          obstacles,
          replicas,
          cpu: replicas * template.requests.cpu,
        },
      ];
    })
    .sort(by(workloadKey));
  return { ...scoreOf(workloads), workloads, notes };

  function obstaclesOf(
    { kind, namespace, name }: { kind: string; namespace: string; name: string },
    object: FoundObject,
    all: FoundObject[],
  ): Obstacle[] {
    const explanations = explain(`${namespace}/${name}`, plan, { snapshot, policy, now });
    const { decision, checks } = explanations.find(({ workload }) => workload.kind === kind)!;
    const objections = new Map([[decision.reason, decision.message]]);
    // What is structural: the rest asks what only a running cluster knows. Of what is wanted so, no more is asked.
    for (const { asked } of isOnPurpose(decision.reason as RefusalReason) ? [] : checks.slice(0, 4))
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

function keyOf({ kind, metadata }: FoundObject): string {
  return workloadKey({ kind, namespace: metadata.namespace ?? "default", name: metadata.name });
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
  const names = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? "default"))];
  const base = isGiven ? policy.namespaces : {};
  const plain = { allowed: true, maxSpotShare: 1, regularFloor: 0, order: 0, windows: [], idle: {} };
  const listed = isGiven ? base : Object.fromEntries(names.map((name) => [name, plain]));
  const namespaces = Object.fromEntries(
    Object.entries(listed).map(([name, rule]) => [name, { ...rule, windows: [], maxSpotShare: 1 }]),
  );
  const most = Number.MAX_SAFE_INTEGER;
  return { ...policy, namespaces, budgets: { maxMovesPerRound: most, maxMovesPerHour: most } };
}

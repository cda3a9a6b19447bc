// Everything that led to one workload's decision: what it is, what it uses, each check in its order, the pools.
import { distance } from "fastest-levenshtein";
import type { Check } from "./checks/check.ts";
import { mayComeBack, mayGoToSpot } from "./checks/destination.ts";
import { hasNodes } from "./checks/nodes.ts";
import { noDoubt, windowKnown } from "./checks/doubt.ts";
import { movesWithoutHarm } from "./checks/manner.ts";
import { mayBeOnSpot, mayBePlaced, mayBeTouched } from "./checks/permission.ts";
import { Utilization } from "./utilization.ts";
import { type Candidate, type World, buildWorld } from "./world.ts";
import { InputError } from "../failures.ts";
import {
  type Evidence,
  type Move,
  type Plan,
  type Snapshot,
  type WorkloadRef,
  workloadKey,
} from "../model.ts";
import type { Policy } from "../policy.ts";
import { factsOf } from "./explain/facts.ts";

export interface Explanation {
  workload: WorkloadRef;
  decision: Decision;
  /** Title → facts, in the order in which they are best read. */
  facts: Record<string, Evidence>;
  /** In the order in which they are asked; the first objection that applies to the wish is the reason. */
  checks: { group: string; asked: CheckAnswer[] }[];
}

export interface Decision {
  /** `→ spot`, `→ regular-2`, or `stays`. */
  text: string;
  reason: string;
  message: string;
  score?: number;
  /** Where the plan found room, and the placeholders that make it by going. */
  nodes?: string[];
  makesRoom?: string[];
  /** How many of its replicas come to each side, where a floor on regular is kept. */
  split?: Move["split"];
  evidence: Evidence;
}

export interface CheckAnswer {
  check: string;
  /** Missing: no objection. */
  reason?: string;
  message?: string;
}

const groups: [string, Check[]][] = [
  ["may it be touched", mayBeTouched],
  ["may it be placed", mayBePlaced],
  ["may it be on spot", mayBeOnSpot],
  ["is a rollout harmless", movesWithoutHarm],
  ["are there nodes for it, and to come back to", hasNodes],
  ["is everything known and at rest", noDoubt],
  ["is the whole window known (to be called idle)", windowKnown],
  ["may it go to spot now", mayGoToSpot],
  ["may it come back now", mayComeBack],
];

/**
 * One explanation per workload of that name (a Deployment and a StatefulSet may share it).
 * @param name `<namespace>/<workload>`
 * @throws InputError when there is none, with the nearest names
 */
export function explain(
  name: string,
  plan: Plan,
  { snapshot, policy, now }: { snapshot: Snapshot; policy: Policy; now: number },
): Explanation[] {
  const wanted = snapshot.workloads.filter((one) =>
    // As the log and JSON call it, too.
    [`${one.namespace}/${one.name}`, workloadKey(one)].includes(name),
  );
  if (wanted.length === 0) throw new InputError(unknownWorkload(name, snapshot));
  const world = buildWorld(snapshot, policy, now);
  const utilization = new Utilization(world);
  return wanted.map(({ kind, namespace, name }) => {
    const workload = { kind, namespace, name };
    const candidate = world.candidates.find(({ key }) => key === workloadKey(workload));
    if (!candidate) return { workload, decision: notListed(namespace), facts: {}, checks: [] };
    const checks = groups.map(([group, list]) => ({ group, asked: ask(list, candidate, world) }));
    return {
      workload,
      decision: decisionOf(candidate, plan),
      facts: factsOf(candidate, world, utilization),
      checks,
    };
  });
}

function unknownWorkload(name: string, { workloads }: Snapshot): string {
  const names = [...new Set(workloads.map((one) => `${one.namespace}/${one.name}`))];
  const nearest = names.toSorted((a, b) => distance(name, a) - distance(name, b)).slice(0, 3);
  const hint = nearest.length === 0 ? "there is none at all" : `did you mean ${nearest.join(", ")}?`;
  return `--explain: the cluster has no workload ${name}: ${hint} Expected <namespace>/<workload>.`;
}

function notListed(namespace: string): Decision {
  const message = `the policy does not list namespace ${namespace}, so nothing in it is ever looked at or touched`;
  return { text: "stays", reason: "NamespaceNotListed", message, evidence: {} };
}

/** A check is called by its function's name, which the bundle keeps (`keepNames`). */
function ask(checks: Check[], candidate: Candidate, world: World): CheckAnswer[] {
  return checks.map((check) => {
    const objection = check(candidate, world);
    const name = check.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return objection
      ? { check: name, reason: objection.reason, message: objection.message }
      : { check: name };
  });
}

function decisionOf({ key }: Candidate, plan: Plan): Decision {
  const move = plan.moves.find(({ workload }) => workloadKey(workload) === key);
  if (move) {
    const { destination, reason, message, score, nodes, split, evidence } = move;
    const makesRoom = move.makesRoom?.map((pod) => `${pod.namespace}/${pod.name} on ${pod.nodeName}`);
    return { text: `→ ${destination}`, reason, message, score, nodes, makesRoom, split, evidence };
  }
  const refusal = plan.refusals.find(({ workload }) => workloadKey(workload) === key)!;
  const { reason, message, evidence } = refusal;
  return { text: "stays", reason, message, evidence };
}

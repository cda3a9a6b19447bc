// The plan while it grows: every wish is tried against the room and the budgets that earlier ones have left.
import {
  type Move,
  type Pod,
  type PodRef,
  type PodTemplate,
  type Priority,
  type RefusalReason,
  workloadKey,
} from "../model.ts";
import { DisruptionBudgets, MoveBudget, SpotShares, rolloutDisruption } from "./budgets.ts";
import { type Objection, percent } from "./checks/check.ts";
import { Ledger, type Placed } from "./fit/ledger.ts";
import type { Misfit } from "./fit/search.ts";
import type { Intent } from "./intents.ts";
import { remember } from "./memory.ts";
import type { NodeView } from "./nodes.ts";
import { reserveRoom } from "./reserve.ts";
import { score } from "./score.ts";
import { Utilization, demand } from "./utilization.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

export class Draft {
  readonly moves: Move[] = [];
  readonly utilization: Utilization;
  readonly disruptions = new DisruptionBudgets();
  readonly budget: MoveBudget;
  readonly ledger: Ledger;
  private readonly shares: SpotShares;
  /** What takes back each planned move, in their order. */
  private readonly undos: (() => void)[] = [];
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.budget = new MoveBudget(world);
    this.ledger = new Ledger(world);
    this.utilization = new Utilization(world);
    this.shares = new SpotShares(world);
    reserveRoom(world, this.ledger, this.utilization);
  }

  /** Plans the move, or says what stands against it; in that case nothing has changed. */
  propose(intent: Intent): Objection | undefined {
    const { candidate, kind, voluntary } = intent;
    const destination: Priority = kind === "ToSpot" ? "spot" : "regular";
    const disruptions = rolloutDisruption(candidate);
    const worth = kind === "ToSpot" ? score(candidate.workload, this.world.policy) : 1;
    const objection =
      (kind === "ToSpot" ? (this.worthless(worth) ?? this.shares.objection(candidate)) : undefined) ??
      (voluntary ? this.budget.objection() : undefined) ??
      this.disruptions.objection(candidate, disruptions) ??
      (voluntary ? this.tooFull(candidate, destination) : undefined);
    if (objection) return objection;

    const placed = this.place(candidate, destination);
    if (!("nodes" in placed)) return placed;
    this.book(candidate, kind, voluntary, disruptions, 1);
    this.moves.push(this.toMove(intent, worth, placed.nodes));
    this.undos.push(() => {
      this.moves.pop();
      this.book(candidate, kind, voluntary, disruptions, -1);
      placed.undo();
    });
    return undefined;
  }

  /** Plans all of the moves or, when there is something against one of them, none; says then what it is. */
  proposeAll(intents: Intent[]): Objection | undefined {
    const before = this.undos.length;
    for (const intent of intents) {
      const objection = this.propose(intent);
      if (!objection) continue;
      for (const undo of this.undos.splice(before).reverse()) undo();
      return objection;
    }
    return undefined;
  }

  /** Keys of the workloads that are planned to move (so). */
  plannedKeys(kind?: Move["kind"]): string[] {
    return this.moves
      .filter((move) => kind === undefined || move.kind === kind)
      .map(({ workload }) => workloadKey(workload));
  }

  private worthless(worth: number): Objection | undefined {
    const { threshold } = this.world.policy.score;
    if (worth >= threshold) return undefined;
    const message = `its score ${worth.toFixed(3)} is below the threshold ${threshold}`;
    return { reason: "ScoreTooLow", message, evidence: { score: worth, threshold } };
  }

  /** Voluntary moves fill a side up to its low-water mark only, so that they never cause the next pressure. */
  private tooFull({ workload, pods }: Candidate, destination: Priority): Objection | undefined {
    const { lowUtilization } = this.world.policy.pressure[destination];
    const { requested, used } = demand(workload, pods);
    const after = this.utilization.with(destination, requested, used);
    if (after <= lowUtilization) return undefined;
    return {
      reason: "AboveWaterMark",
      message: `${destination} nodes would be at ${percent(after)}, voluntary moves fill them to ${percent(lowUtilization)}`,
      evidence: { utilizationAfter: after, lowUtilization },
    };
  }

  private place(candidate: Candidate, priority: Priority): Placed | Objection {
    const { workload, key } = candidate;
    const { replicas, kind } = workload;
    const leaving = podsOn(this.world, candidate, priority).map(({ nodeName }) =>
      this.world.nodeByName.get(nodeName!)!,
    );
    // Where old pods sit on the destination already, a rollout still needs the room of one pod more to begin.
    const extra = leaving.length > 0 && kind === "Deployment" ? 1 : 0;
    const template = templateOn(priority, candidate, this.world);
    const result = this.ledger.place({ key, workload, template, priority, count: replicas + extra, leaving });
    return "nodes" in result ? result : noRoom(result, template, priority, replicas);
  }

  /** @param times -1 takes it back */
  private book(
    candidate: Candidate,
    kind: Intent["kind"],
    voluntary: boolean,
    disruptions: number,
    times: 1 | -1,
  ): void {
    const [source, destination] =
      kind === "ToSpot" ? (["regular", "spot"] as const) : (["spot", "regular"] as const);
    this.disruptions.take(candidate, disruptions * times);
    this.budget.take(voluntary, times);
    this.shares.move(candidate, kind, times);
    this.utilization.move(candidate.workload, candidate.pods, source, destination, times);
  }

  private toMove(intent: Intent, worth: number, nodes: NodeView[]): Move {
    const { candidate, kind, reason, message, evidence, voluntary } = intent;
    const { workload } = candidate;
    const destination: Priority = kind === "ToSpot" ? "spot" : "regular";
    return {
      kind,
      workload: { kind: workload.kind, namespace: workload.namespace, name: workload.name },
      uid: workload.uid,
      resourceVersion: workload.resourceVersion,
      source: kind === "ToSpot" ? "regular" : "spot",
      destination,
      placement: destination,
      ...(workload.placement === destination && { renews: true }),
      evictions: [],
      nodes: nodes.slice(0, workload.replicas).map(({ node }) => node.name),
      reason,
      message,
      score: worth,
      voluntary,
      evidence,
      memory: remember(workload, { kind, reason }, this.world.policy, this.world.now),
    };
  }
}

/** The pod template as the scheduler will see it: on spot with the toleration that the placement brings. */
export function templateOn(priority: Priority, { workload }: Candidate, { policy }: World): PodTemplate {
  const { taint } = policy.pools.spot;
  if (priority === "regular" || !taint) return workload.template;
  const toleration = { key: taint.key, operator: "Equal", value: taint.value, effect: taint.effect } as const;
  return { ...workload.template, tolerations: [...workload.template.tolerations, toleration] };
}

export function podRef({ namespace, name, uid, resourceVersion, nodeName = "" }: Pod): PodRef {
  return { namespace, name, uid, resourceVersion, nodeName };
}

/** Why pods of a template found no room. */
export function noRoom(
  { misfit, placed }: { misfit: Misfit; placed: number },
  { requests }: PodTemplate,
  priority: Priority,
  replicas: number,
): Objection {
  return {
    reason: misfitReason(misfit, priority),
    message: `${Math.min(placed, replicas)} of ${replicas} pods find room on the ${priority} nodes`,
    evidence: { replicas, placed, cpu: requests.cpu, memory: requests.memory },
  };
}

function misfitReason(misfit: Misfit, priority: Priority): RefusalReason {
  if (misfit === "NoNodes") return noNodes(priority);
  if (misfit === "NoCapacity") return priority === "spot" ? "NoCapacityOnSpot" : "NoCapacityOnRegular";
  return misfit;
}

const noNodes = (priority: Priority): RefusalReason =>
  priority === "spot" ? "NoSpotNodes" : "NoCapacityOnRegular";

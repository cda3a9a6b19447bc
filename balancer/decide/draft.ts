// The plan while it grows: every wish is tried against the room and the budgets that earlier ones have left.
import { type Move, type MoveReason, type Pod, type Priority, workloadKey, workloadRef } from "../model.ts";
import { DisruptionBudgets, MoveBudget, SpotShares, rolloutDisruption } from "./budgets.ts";
import { type Objection, percent } from "./objection.ts";
import { Ledger, type Placed } from "./fit/ledger.ts";
import { Growth } from "./growth.ts";
import type { Intent } from "./intent.ts";
import { remember } from "./memory.ts";
import { isReplacedByEviction, unavailableAtOnce } from "./replacement.ts";
import { reserveRoom } from "./reserve.ts";
import { placeReplaced, roomMade } from "./room.ts";
import { podRef } from "./podRef.ts";
import { score } from "./score.ts";
import { type Split, sharesOf, splitFor } from "./split.ts";
import { Utilization, demand } from "./utilization.ts";
import type { Candidate, World } from "./world.ts";

const hasToComeBack = (reason: MoveReason): boolean => ["Busy", "NoLongerAllowed"].includes(reason);

export class Draft {
  readonly moves: Move[] = [];
  readonly utilization: Utilization;
  readonly disruptions = new DisruptionBudgets();
  readonly budget: MoveBudget;
  readonly ledger: Ledger;
  private readonly growth: Growth;
  private readonly shares: SpotShares;
  /** What takes back each planned move, in their order. */
  private readonly undos: (() => void)[] = [];
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.budget = new MoveBudget(world);
    this.ledger = new Ledger(world);
    this.utilization = new Utilization(world);
    this.growth = new Growth(world);
    this.shares = new SpotShares(world);
    reserveRoom(world, this.ledger, this.utilization);
  }

  /** Plans the move, or says what stands against it; in that case nothing has changed. */
  propose(intent: Intent): Objection | undefined {
    const { candidate, kind, voluntary } = intent;
    const destination: Priority = kind === "ToSpot" ? "spot" : "regular";
    const { workload } = candidate;
    const { split, coming } = this.sharesAfter(intent);
    const evictions = this.evictionsOf(candidate, destination, voluntary);
    const disruptions = Math.max(rolloutDisruption(candidate), evictions.length);
    const worth = kind === "ToSpot" ? score(workload, coming.spot, this.world.policy) : 1;
    const objection =
      (kind === "ToSpot"
        ? (this.worthless(worth) ?? this.shares.objection(candidate, coming.spot))
        : undefined) ??
      (voluntary ? this.budget.objection() : undefined) ??
      this.disruptions.objection(candidate, disruptions) ??
      this.disruptions.evictionObjection(candidate, evictions.length);
    if (objection) return objection;

    const placed =
      (voluntary ? this.tooFull(intent, destination, coming[destination]) : undefined) ??
      placeReplaced(candidate, destination, coming, this.ledger, this.world, intent.reason === "MoveStuck");
    const room = "nodes" in placed ? placed : (this.roomOnNewNodes(intent) ?? placed);
    if (!("nodes" in room)) return room;
    const book = (times: 1 | -1) => {
      this.disruptions.take(candidate, disruptions * times);
      this.budget.take(voluntary, times);
      this.shares.move(candidate, coming.spot, times);
      this.utilization.move(workload, candidate.pods, coming, times);
    };
    book(1);
    this.moves.push({
      ...this.toMove(intent, worth, room),
      evictions: evictions.map(podRef),
      ...roomMade(room),
      ...(split && { split: { ...split, ...coming } }),
    });
    this.undos.push(() => {
      this.moves.pop();
      book(-1);
      room.undo();
    });
    return undefined;
  }

  /** Plans all of the moves or, when there is something against one of them, none; says then what it is. */
  proposeAll(intents: Intent[]): Objection | undefined {
    const before = this.undos.length;
    for (const intent of intents) {
      const objection = this.propose(intent);
      if (!objection) continue;
      this.undoSince(before);
      return objection;
    }
    return undefined;
  }

  private undoSince(planned: number): void {
    for (const undo of this.undos.splice(planned).reverse()) undo();
  }

  /**
   * Takes back the moves planned last, and plans only some of them; where these do not fit by themselves, all stay.
   * @param intents the last wishes that were granted, in their order
   */
  keepOnly(kept: Intent[], intents: Intent[]): void {
    this.undoSince(this.undos.length - intents.length);
    if (this.proposeAll(kept)) this.proposeAll(intents);
  }

  /** How many replicas each side has after a move, and the split that keeps it so. */
  sharesAfter({ candidate, kind }: Intent): { coming: Record<Priority, number>; split?: Split } {
    const { workload, rule, autoscaler } = candidate;
    if (kind === "ToRegular") return { coming: { regular: workload.replicas, spot: 0 } };
    // That there is a way was checked (`floorKept`).
    const split = splitFor(workload, rule, autoscaler, this.world.policy);
    return { coming: sharesOf(workload.replicas, split), split };
  }

  /** Keys of the workloads that are planned to move (so). */
  plannedKeys(kind?: Move["kind"]): string[] {
    return this.moves
      .filter((move) => kind === undefined || move.kind === kind)
      .map(({ workload }) => workloadKey(workload));
  }

  /** The first pod of an ownerless ReplicaSet; of those on lost nodes all that may go. The others follow later. */
  private evictionsOf(candidate: Candidate, destination: Priority, voluntary: boolean): Pod[] {
    if (!isReplacedByEviction(candidate.workload)) return [];
    const { nodeByName } = this.world;
    const elsewhere = candidate.pods.filter(
      ({ nodeName, deletingAt }) =>
        nodeName !== undefined &&
        deletingAt === undefined &&
        nodeByName.get(nodeName)?.priority !== destination,
    );
    if (voluntary) return elsewhere.slice(0, 1);
    const lost = elsewhere.filter(({ nodeName }) => nodeByName.get(nodeName!)?.standing === "lost");
    return lost.slice(0, Math.max(1, this.disruptions.left(candidate)));
  }

  private worthless(worth: number): Objection | undefined {
    const { threshold } = this.world.policy.score;
    if (worth >= threshold) return undefined;
    const message = `its score ${worth.toFixed(3)} is below the threshold ${threshold}`;
    return { reason: "ScoreTooLow", message, evidence: { score: worth, threshold } };
  }

  /**
   * Voluntary moves fill a side up to its low-water mark only, so that what grows there causes no pressure soon. What has
   * to be on regular may fill it up to its high-water mark, where pressure would begin: else it might never come back.
   */
  private tooFull(
    { candidate, reason }: Intent,
    destination: Priority,
    count: number,
  ): Objection | undefined {
    const { lowUtilization, highUtilization } = this.world.policy.pressure[destination];
    const mark = hasToComeBack(reason) ? highUtilization : lowUtilization;
    const { requested, used } = demand(candidate.workload, candidate.pods, count);
    const after = this.utilization.with(destination, requested, used);
    if (after <= mark) return undefined;
    return {
      reason: "AboveWaterMark",
      message: `${destination} nodes would be at ${percent(after)}, such moves fill them to ${percent(mark)}`,
      evidence: { utilizationAfter: after, waterMark: mark },
    };
  }

  /** Where work has to come back for which regular has no room, but may grow, and no pod stops before its node is there. */
  private roomOnNewNodes(intent: Intent): Placed | undefined {
    const { candidate } = intent;
    const { key, workload } = candidate;
    const { template, replicas } = workload;
    if (!hasToComeBack(intent.reason) || unavailableAtOnce(workload) > 0) return undefined;
    const place = (count: number) =>
      this.ledger.place({ key, workload, template, priority: "regular", count, leaving: [] });
    const all = place(replicas);
    if ("nodes" in all) {
      all.undo();
      return undefined;
    }
    const added =
      all.misfit === "NoCapacity" ? this.growth.nodesFor(candidate, replicas - all.placed) : undefined;
    if (!added) return undefined;
    const grow = (times: 1 | -1) => {
      added.take(times);
      this.utilization.grow("regular", added.allocatable, times);
    };
    grow(1);
    const placed = this.tooFull(intent, "regular", replicas) ?? place(all.placed);
    if (!("nodes" in placed)) {
      grow(-1);
      return undefined;
    }
    const undo = () => {
      placed.undo();
      grow(-1);
    };
    return { nodes: placed.nodes, evicted: placed.evicted, growsBy: added.count, undo };
  }

  private toMove(intent: Intent, worth: number, { nodes, growsBy }: Placed): Move {
    const { candidate, kind, reason, message, evidence, voluntary } = intent;
    const { workload } = candidate;
    const destination: Priority = kind === "ToSpot" ? "spot" : "regular";
    return {
      kind,
      workload: workloadRef(workload),
      uid: workload.uid,
      resourceVersion: workload.resourceVersion,
      source: kind === "ToSpot" ? "regular" : "spot",
      destination,
      placement: destination,
      ...(workload.placement === destination && { renews: true }),
      evictions: [],
      nodes: nodes.map(({ node }) => node.name),
      ...(growsBy && { growsBy }),
      reason,
      message: growsBy
        ? `${message}; regular has to grow by ${growsBy} node${growsBy === 1 ? "" : "s"}`
        : message,
      score: worth,
      voluntary,
      evidence,
      memory: remember(workload, { kind, reason }, this.world.policy, this.world.now),
    };
  }
}

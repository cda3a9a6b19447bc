// The plan while it grows: every wish is tried against the room and the budgets that earlier ones have left.
import { type Move, type Priority, workloadKey } from "../model.ts";
import { whyInVain } from "./askedInVain.ts";
import { type Books, openBooks } from "./books.ts";
import { type Wanted, wantedFor } from "./wanted.ts";
import { rolloutDisruption } from "./budgets.ts";
import { evictedRoom } from "./draft/evictedRoom.ts";
import { roomOnNewNodes } from "./draft/newNodes.ts";
import { evictedByMove, placementMove } from "./draft/placementMove.ts";
import { tooFull } from "./draft/waterMark.ts";
import { type Eviction, evictionMove } from "./eviction.ts";
import type { Intent } from "./intent.ts";
import type { Judgment } from "./judgment.ts";
import type { Objection } from "./objection.ts";
import { podRef } from "./podRef.ts";
import { placeReplaced } from "./room.ts";
import { score } from "./score.ts";
import { wouldStay } from "./savesNodes.ts";
import { type Split, sharesOf, splitFor } from "./split.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

export class Draft {
  readonly moves: Move[] = [];
  readonly books: Books;
  /** Of every workload that is considered, least important first. */
  readonly judgments: Judgment[];
  readonly mostImportantFirst: Judgment[];
  private readonly denials = new Map<Candidate, Objection>();
  /** What found no room on spot, by workload. */
  readonly wanted = new Map<string, Wanted>();
  /** What takes back each planned move, in their order. */
  private readonly undos: (() => void)[] = [];
  private readonly world: World;

  constructor(world: World, judgments: Judgment[]) {
    this.world = world;
    this.judgments = judgments;
    this.mostImportantFirst = judgments.toReversed();
    this.books = openBooks(world);
  }

  /** Plans the move, or says what stands against it; in that case nothing has changed. */
  propose(intent: Intent): Objection | undefined {
    const { candidate, kind, voluntary } = intent;
    const destination: Priority = kind === "ToSpot" ? "spot" : "regular";
    const { workload } = candidate;
    const { books } = this;
    const { split, coming } = this.sharesAfter(intent);
    const evictions = evictedByMove(intent, destination, books.disruptions, this.world);
    const { counted } = books.disruptions.allowed(candidate, evictions);
    const disruptions = Math.max(rolloutDisruption(candidate), counted);
    const worth = kind === "ToSpot" ? score(workload, coming.spot, this.world.policy) : undefined;
    const objection =
      this.worthless(worth) ??
      books.shares.objection(candidate, coming.spot) ??
      (voluntary ? (books.quotas.objection(workload) ?? books.budget.objection()) : undefined) ??
      books.disruptions.objection(candidate, disruptions) ??
      books.disruptions.evictionObjection(candidate, evictions);
    if (objection) return objection;

    // What was kept for its pods that are on their way is the room of these same pods.
    const renew = books.reservations.release(candidate.key);
    const placed =
      (voluntary ? tooFull(intent, destination, coming[destination], books, this.world) : undefined) ??
      placeReplaced(candidate, destination, coming, books.ledger, this.world, intent.reason === "MoveStuck");
    const room = "nodes" in placed ? placed : (roomOnNewNodes(intent, books, this.world) ?? placed);
    if (!("nodes" in room)) {
      renew();
      return this.want(candidate, coming.spot, room);
    }
    if (intent.reason === "BackToSpot" && !wouldStay(candidate, room.nodes, this.world)) {
      room.undo();
      renew();
      const why = "no regular node would go for it, and its spot node would be drained for little use";
      return { reason: "NotOnSpot", message: `${intent.message}; ${why}` };
    }
    this.wanted.delete(candidate.key);
    const move = placementMove(intent, worth, room, this.world);
    const more = { evictions: evictions.map(podRef), ...(split && { split: { ...split, ...coming } }) };
    const undo = () => {
      room.undo();
      renew();
    };
    this.plan({ ...move, ...more }, candidate, disruptions, undo, (times) => {
      books.shares.move(candidate, coming.spot, times);
      books.quotas.take(workload, times);
      books.utilization.move(workload, candidate.pods, coming, times);
    });
    return undefined;
  }

  /**
   * Notes that more room on spot would do: for all pods that are not there, and one more where it is to be begun with.
   * @returns the objection, with why nothing is asked for
   */
  private want(candidate: Candidate, onSpot: number, objection: Objection): Objection {
    const there = podsOn(this.world, candidate, "spot").length;
    const missing = onSpot - there + (there > 0 ? 1 : 0);
    const wanted = wantedFor(candidate, objection, missing, this.world);
    if (!wanted) return objection;
    const inVain = whyInVain(candidate, onSpot, objection.reason, this.world);
    if (!inVain) this.wanted.set(candidate.key, wanted);
    return inVain
      ? { ...objection, ...inVain, message: `${objection.message}; ${inVain.message}` }
      : objection;
  }

  /** Plans evictions, as many as the disruption budgets allow; or says what stands against them, and changes nothing. */
  evict(eviction: Eviction): Objection | undefined {
    const { candidate, voluntary } = eviction;
    const { disruptions, budget } = this.books;
    const { pods: allowed } = disruptions.allowed(candidate, eviction.pods);
    const objection =
      (voluntary ? budget.objection() : undefined) ??
      disruptions.evictionObjection(candidate, allowed.length > 0 ? allowed : eviction.pods.slice(0, 1));
    if (objection) return objection;
    const room = evictedRoom(eviction, allowed, this.books, this.world);
    if (!("nodes" in room)) return room;
    // Of what has to leave a lost node as many go as find room.
    const pods = allowed.slice(0, room.nodes.length);
    const { counted } = disruptions.allowed(candidate, pods);
    const about = eviction.describe(room);
    if (!about) {
      room.undo();
      return { reason: "WouldReturn", message: "no other node is clearly better" };
    }
    this.plan(evictionMove(eviction, pods, room, about), candidate, counted, room.undo);
    return undefined;
  }

  /**
   * Plans all of the moves or, when there is something against one of them, none.
   * @param isMeant asked once all are planned @returns whether they are
   */
  proposeAll(intents: Intent[], isMeant = () => true): boolean {
    const before = this.undos.length;
    if (intents.every((intent) => !this.propose(intent)) && isMeant()) return true;
    this.undoSince(before);
    return false;
  }

  /**
   * Takes back the moves planned last, and plans only some of them; where these do not fit by themselves, all stay.
   * @param intents the last wishes that were granted, in their order
   */
  keepOnly(kept: Intent[], intents: Intent[]): void {
    this.undoSince(this.undos.length - intents.length);
    if (!this.proposeAll(kept)) this.proposeAll(intents);
  }

  /** Remembers why a workload's wish was not granted: the reason of its refusal, unless something else moves it. */
  deny(candidate: Candidate, objection: Objection | undefined): void {
    if (objection) this.denials.set(candidate, objection);
  }

  denialOf(candidate: Candidate): Objection | undefined {
    return this.denials.get(candidate);
  }

  /** How many replicas each side has after a move, and the split that keeps it so. */
  sharesAfter({ candidate, kind }: Intent): { coming: Record<Priority, number>; split?: Split } {
    const { workload } = candidate;
    if (kind === "ToRegular") return { coming: { regular: workload.replicas, spot: 0 } };
    // That there is a way was checked (`floorKept`).
    const split = splitFor(candidate, this.world.policy);
    return { coming: sharesOf(workload.replicas, split), split };
  }

  /** Keys of the workloads that are planned to move (so). */
  plannedKeys(kind?: Move["kind"]): string[] {
    return this.moves
      .filter((move) => kind === undefined || move.kind === kind)
      .map(({ workload }) => workloadKey(workload));
  }

  /** The only place that books a move, and the only one that takes one back. */
  private plan(
    move: Move,
    candidate: Candidate,
    disruptions: number,
    giveRoomBack: () => void,
    more: (times: 1 | -1) => void = () => {},
  ): void {
    const book = (times: 1 | -1) => {
      this.books.disruptions.take(candidate, disruptions * times);
      this.books.budget.take(move.voluntary, times);
      more(times);
    };
    book(1);
    this.moves.push(move);
    this.undos.push(() => {
      this.moves.pop();
      book(-1);
      giveRoomBack();
    });
  }

  private undoSince(planned: number): void {
    for (const undo of this.undos.splice(planned).reverse()) undo();
  }

  private worthless(worth: number | undefined): Objection | undefined {
    const { score, costs } = this.world.policy;
    const { threshold } = score;
    if (worth === undefined || worth >= threshold) return undefined;
    const message = `on spot it saves ${worth.toPrecision(2)} ${costs.currency} an hour, restarts counted in, below ${threshold}`;
    return { reason: "ScoreTooLow", message, evidence: { score: worth, threshold } };
  }
}

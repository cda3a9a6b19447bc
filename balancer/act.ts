// Carries out a Plan, move by move, and says what came of each. Decides nothing.
import { applyMove, tryMove } from "./act/apply.ts";
import { type Answer, done, skipped } from "./act/answers.ts";
import { evictPods } from "./act/evict.ts";
import { clearRoom } from "./act/placeholders.ts";
import type { KubeClient } from "./kube/client.ts";
import { type Move, type Outcome, type Plan, workloadKey } from "./model.ts";
import type { Policy } from "./policy.ts";

export interface ActOptions {
  /** One that writes only while the Lease is held (`writingUnder`). */
  client: KubeClient;
  policy: Policy;
  /** No further move is begun once it is aborted; the one under way is finished. */
  stop: AbortSignal;
  /** Why no move will be remembered; then nothing is moved but what has to be. Missing: it will. */
  unsaved?: string;
}

/** One Outcome per move, in the plan's order. One that fails does not keep the others from being tried. */
export async function act(plan: Plan, options: ActOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const move of plan.moves) {
    const answer = await attempt(move, options);
    outcomes.push({ move, ...answer, at: options.client.now() });
  }
  return outcomes;
}

/** What a dry run says of each move. */
export function actDry(plan: Plan, now: number): Outcome[] {
  const answer = { result: "Planned", reason: "DryRun", message: "dry run: nothing was written" } as const;
  return plan.moves.map((move) => ({ move, ...answer, at: now }));
}

async function attempt(move: Move, options: ActOptions): Promise<Answer> {
  if (options.stop.aborted) return skipped("Stopped", "the round was stopped before this move");
  const { client, policy, unsaved } = options;
  if (unsaved !== undefined && move.voluntary) return skipped("NotRemembered", unsaved);
  const { placement, memory, makesRoom = [] } = move;
  if (placement === undefined)
    return (await clearRoom(client, makesRoom)) ?? evictPods(client, move.evictions);
  if (!memory) throw new Error(`a move of ${workloadKey(move.workload)} without memory: a fault in decide`);
  const placed = { ...move, placement, memory };
  // No placeholder goes for a move that will be refused.
  const refused = makesRoom.length > 0 ? await tryMove(client, policy, placed) : undefined;
  const blocked = refused ?? (await clearRoom(client, makesRoom));
  if (blocked) return blocked;
  // With the placement goes the memory, before any eviction: after a crash in between, the cool-down holds.
  const applied = await applyMove(client, policy, placed);
  if (applied.result !== "Done" || move.evictions.length === 0) return applied;
  const evicted = await evictPods(options.client, move.evictions);
  if (evicted.result === "Done") return evicted;
  // The placement stands all the same, and its pods follow in later rounds.
  return done("Applied", `${applied.message}; no pod was evicted yet: ${evicted.message}`);
}

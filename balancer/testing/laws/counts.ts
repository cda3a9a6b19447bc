// What a run of laws must have come across, and how often: a law whose premise never held says nothing.
//
// Whoever adds a reason, a step or a kind of move adds a theme in specs/themes.ts that brings it about.
import { moveReasons, refusalReasons } from "../../reasons.ts";
import type { Round } from "../laws.ts";

/** How often each is to be found, in a run without `PROPERTY_RUNS`. */
const often = 50;

/** What is counted by rounds in which it is there. */
const features: Record<string, (round: Round) => boolean> = {
  "ToSpot": moves(({ kind }) => kind === "ToSpot"),
  "ToRegular": moves(({ kind }) => kind === "ToRegular"),
  "Rebalance": moves(({ kind }) => kind === "Rebalance"),
  "rescue": moves((move) => !move.placement && move.reason === "SpotNodeLost"),
  "split": moves(({ split }) => split !== undefined),
  "growth": moves(({ growsBy }) => growsBy !== undefined),
  "placeholders make room": moves(({ makesRoom }) => makesRoom !== undefined),
  "spot is asked": ({ plan }) => (plan.ask?.create.length ?? 0) > 0,
  "spot is let go": ({ plan }) => (plan.ask?.remove.length ?? 0) > 0,
  "renewal": moves(({ renews }) => renews === true),
  "move with evictions": moves((move) => !!move.placement && move.evictions.length > 0),
  "autoscaler of a workload": ({ snapshot }) => snapshot.autoscalers.length > 0,
  "pool in back-off": pools(({ backoff }) => backoff),
  "pool unhealthy": pools(({ health }) => health === "Unhealthy"),
  "autoscaler silent": ({ snapshot }) => snapshot.poolHealth.length === 0,
}; // prettier-ignore

function moves(isMeant: (move: Round["plan"]["moves"][number]) => boolean): (round: Round) => boolean {
  return ({ plan }) => plan.moves.some(isMeant);
}

function pools(isMeant: (pool: Round["snapshot"]["poolHealth"][number]) => boolean) {
  return ({ snapshot }: Round) => snapshot.poolHealth.some(isMeant);
}

/** Name → how often it was found, and how often it should be. */
export function countRounds(rounds: Round[]): Record<string, { found: number; atLeast: number }> {
  const counts: Record<string, { found: number; atLeast: number }> = {
    "rounds with a move": { found: 0, atLeast: rounds.length / 2 },
    "rounds with two or more": { found: 0, atLeast: rounds.length / 5 },
  };
  const wanted = [
    ...Object.keys(moveReasons).map((reason) => `moves: ${reason}`),
    ...Object.keys(refusalReasons).map((reason) => `stays: ${reason}`),
    ...Object.keys(features),
  ];
  for (const name of wanted) counts[name] = { found: 0, atLeast: often };
  const add = (name: string) => counts[name]!.found++;
  for (const round of rounds) {
    const { moves, refusals } = round.plan;
    if (moves.length > 0) add("rounds with a move");
    if (moves.length > 1) add("rounds with two or more");
    for (const { reason } of moves) add(`moves: ${reason}`);
    for (const { reason } of refusals) add(`stays: ${reason}`);
    for (const [name, isIn] of Object.entries(features)) if (isIn(round)) add(name);
  }
  return counts;
}

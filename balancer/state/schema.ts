// What the state ConfigMap and the memory annotations may hold. Anybody with rights there can write anything into them.
import { z } from "zod";
import type { StoredMetrics } from "../metrics/round.ts";
import type { BalancerState, WorkloadMemory } from "../model.ts";

/** ms since 1970, of what has been: a time to come is now, or it would count for as long as somebody likes. */
const past = (now: number) =>
  z
    .number()
    .min(0)
    .transform((at) => Math.min(at, now));
const name = z.string().max(1000);
const moveKind = z.enum(["ToSpot", "ToRegular", "Rebalance"]);

const times = z.int().min(0).max(1e6);
const tried = (now: number) =>
  z.object({
    at: past(now),
    placement: z.enum(["regular", "spot"]),
    result: z.enum(["Done", "Refused", "Changed", "Undone", "None"]).optional(),
    failed: times,
    failedAt: past(now).optional(),
    why: name.optional(),
  });

const availability = (now: number) =>
  z.object({
    at: past(now),
    losses: z.array(z.object({ at: past(now), share: z.number().min(0).max(1) })).max(1000),
    kept: times.optional(),
    spent: z.record(name, z.number().min(0).max(1e12)),
  });

const balancer = (now: number) =>
  z.object({
    spotNodesByPool: z.record(name, z.array(name)).default({}),
    spotLosses: z.array(z.object({ node: name, pool: name, at: past(now) })).default([]),
    evictions: z.array(z.object({ workload: name, at: past(now), hotNode: name.optional() })).default([]),
    // What cannot be read of it is forgotten by itself: the rest of the state matters more.
    availability: availability(now).optional().catch(undefined),
    tries: z.record(name, tried(now)).optional(),
    askedInVain: z.record(name, past(now)).optional().catch(undefined),
    forbidden: z.record(name, z.object({ failed: times, at: past(now), why: name })).optional(),
  });

const told = (now: number) =>
  z.record(name, z.object({ reason: name, at: past(now), count: z.int().min(0).max(1e9) }));

const series = z.record(name, z.number()).default({});
const metrics = z.object({
  counters: series,
  gauges: series,
  pools: z
    .array(
      z.object({
        pool: name,
        priority: name,
        nodes: z.record(name, z.tuple([z.number(), z.number(), z.number(), z.number()])),
      }),
    )
    .default([]),
  pending: z
    .array(z.object({ workload: name, kind: moveKind, reason: name, movedAt: z.number().optional() }))
    .default([]),
});

const memory = z.object({
  lastMovedAt: z.number().min(0).max(8.64e15), // what a Date can hold
  lastMove: moveKind.catch("ToSpot"),
  lastReason: name.catch(""),
  recentMoves: z.array(z.number()).max(10_000),
  placedAt: z.number().min(0).max(8.64e15).optional().catch(undefined),
  failedReturns: z.int().min(0).max(1000).catch(0),
});

/** A value, or what is wrong with it in one line. */
type Read<T> = { value: T; problem?: undefined } | { value?: undefined; problem: string };

function read<T>(text: string, schema: z.ZodType): Read<T> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return { problem: "no JSON" };
  }
  const { success, data, error } = schema.safeParse(found);
  if (success) return { value: data as T };
  const { path, message } = error.issues[0]!;
  const where = path.length === 0 ? "" : `${path.join(".").slice(0, 80)}: `;
  return { problem: `${where}${message.replace(/^Invalid input: /, "")}` };
}

/** Fingerprint of a workload → the refusal that its last Event told, so that it is not told every minute. */
export type ToldEvents = Record<string, ToldEvent>;

interface ToldEvent {
  reason: string;
  /** When it was last told; ms since 1970. */
  at: number;
  /** How often it was told. */
  count: number;
}

export interface DecisionState {
  balancer: BalancerState;
  told: ToldEvents;
}

/** Of `state.json`. */
export const readDecisionState = (text: string, now: number): Read<DecisionState> =>
  read(text, z.object({ balancer: balancer(now).prefault({}), told: told(now).default({}) }));

/** Of `metrics.json`. */
export const readStoredMetrics = (text: string): Read<StoredMetrics> => read(text, metrics);

/** Of the annotation; undefined: not readable, somebody edited it. */
export const readWorkloadMemory = (text: string): WorkloadMemory | undefined =>
  read<WorkloadMemory>(text, memory).value;

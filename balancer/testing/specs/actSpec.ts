// Plans to be carried out, and what comes in between: killed, refused, or undone by somebody else, at any request.
import fc from "fast-check";

export interface MoveSpec {
  what: "place" | "takeBack" | "evict";
  /** So many pods are evicted; of a placement, after it was applied. */
  evictions: number;
  /** Placeholders that go first. */
  makesRoom: number;
}

export interface Interruption {
  /** It comes just before this request is answered, counted from 0. */
  at: number;
  what: "leaseLost" | "stop" | "cut" | "cutAfterDoing" | "changed" | "replaced" | "gone" | Refused;
}

type Refused = 403 | 409 | 422 | 429 | 500;

export interface ActSpec {
  moves: MoveSpec[];
  interruptions: Interruption[];
}

const kinds = ["leaseLost", "stop", "cut", "cutAfterDoing", "changed", "replaced", "gone"] as const;

export const actSpec: fc.Arbitrary<ActSpec> = fc.record({
  moves: fc.array(
    fc.record({
      what: fc.constantFrom("place", "place", "takeBack", "evict"),
      evictions: fc.nat({ max: 2 }),
      makesRoom: fc.constantFrom(0, 0, 1),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  interruptions: fc.array(
    fc.record({
      at: fc.nat({ max: 7 }),
      what: fc.constantFrom<Interruption["what"][]>(...kinds, ...kinds, 403, 409, 422, 429, 429, 500),
    }),
    { minLength: 1, maxLength: 2, size: "max" },
  ),
});

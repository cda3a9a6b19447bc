// A step of a round: one strategy, which puts moves into the draft and says why it could not.
import type { Draft } from "./draft.ts";
import type { World } from "./world.ts";

export interface Step {
  /** For people who read a profile or a trace. */
  name: string;
  run(draft: Draft, world: World): void;
}

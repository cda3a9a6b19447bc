// `npm stop`: destroys the local stacks in reverse order, and stops every process.
import { embedded } from "../../destroy/embedded.ts";
import { destroyTarget } from "../../destroy/run.ts";
import { down } from "./down.ts";
import { up } from "./up.ts";

export interface StopOptions {
  say: (line: string) => void;
  signal?: AbortSignal;
}

/** @throws when a stack cannot be destroyed; the environment keeps running then, so that it can be looked at */
export async function stop({ say, signal }: StopOptions): Promise<void> {
  const standing = await embedded.standing();
  if (standing.length > 0) {
    // Stacks may stand while nothing runs, after a reboot say: what they made must be there to be destroyed.
    await up({ report: say, signal });
    await destroyTarget("local", embedded, { confirmation: () => Promise.resolve("local"), say });
  }
  const running = await down();
  say(
    standing.length > 0 || running ? "Every process of the environment is stopped." : "Nothing was running.",
  );
}

// One destroy: plan, say it, wait for the name, do it step by step.
import { describePlan, planDestroy } from "../guard.ts";
import type { Backend } from "./backend.ts";

export interface DestroyOptions {
  /** Asks the person for the target's name; a pipeline answers in advance. */
  confirmation: (target: string) => Promise<string>;
  say: (line: string) => void;
  /** Before each stack; left out, a heading. */
  announce?: (stack: string, place: string) => void;
}

/** @throws Error when something else than the target's name was typed */
export function checkConfirmation(target: string, typed: string): void {
  if (typed.trim() === target) return;
  throw new Error(`expected "${target}" as confirmation, got "${typed.trim()}": nothing was destroyed`);
}

/**
 * @param target a stack (`deploy-dev`) or an environment (`dev`)
 * @throws DestroyRefused by the guard; Error when the name is wrong, or at the first stack that could not be destroyed
 */
export async function destroyTarget(
  target: string,
  backend: Backend,
  { confirmation, say, announce = (stack, place) => say(`\nDestroying ${stack} (${place})`) }: DestroyOptions,
): Promise<void> {
  const plan = planDestroy(target, await backend.standing());
  say(describePlan(plan));
  checkConfirmation(target, await confirmation(target));
  const { steps } = plan;
  for (const [index, step] of steps.entries()) {
    announce(step.stack, `${index + 1} of ${steps.length}`);
    try {
      await backend.destroy(step);
    } catch (error) {
      const rest = steps.slice(index).map(({ stack }) => stack);
      throw new Error(`${step.stack}: ${(error as Error).message}\nStill to destroy: ${rest.join(", ")}`, {
        cause: error,
      });
    }
  }
  for (const { stack, protected: kept } of steps) {
    if (kept.length > 0)
      say(
        `Kept in ${stack}, because protected: ${kept.join(", ")}. How to delete it all the same: stacks/README.md`,
      );
  }
}

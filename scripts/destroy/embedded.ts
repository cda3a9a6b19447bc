// Local stacks, through the embedded engine.
import { engine, type EngineEvent, StackStore, stateDir } from "../local/index.ts";
import type { StandingStack } from "../guard.ts";
import type { Backend, RecordedState } from "./backend.ts";
import { standingStack } from "./backend.ts";

/** Every stack that holds something in a state folder. */
export function standingIn(folder: string): StandingStack[] {
  return StackStore.deployed(folder).flatMap((stack) => {
    const resources: RecordedState[] = StackStore.read(folder, stack).resources;
    return standingStack(stack, resources) ?? [];
  });
}

/**
 * Destroys all of a stack but what is protected.
 * @param onEvent shows the run; left out, it writes each step to stdout
 * @throws with what failed
 */
export async function destroyEmbedded(stack: string, onEvent?: (event: EngineEvent) => void): Promise<void> {
  const { runLocalStack } = await engine();
  const { ok, interrupted, failures } = await runLocalStack(
    { operation: "destroy", stack, excludeProtected: true },
    { onEvent },
  );
  if (interrupted) throw new Error("interrupted; what is left stays recorded, run it again");
  if (!ok) throw new Error(failures.join("\n"));
}

export const embedded: Backend = {
  standing: () => Promise.resolve(standingIn(stateDir)),
  destroy: ({ stack }) => destroyEmbedded(stack),
};

// Local stacks, through the embedded engine.
import { engine, StackStore, stateDir } from "../local/index.ts";
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

export const embedded: Backend = {
  standing: () => Promise.resolve(standingIn(stateDir)),
  async destroy({ stack }) {
    const { runLocalStack } = await engine();
    const { ok, interrupted, failures } = await runLocalStack({
      operation: "destroy",
      stack,
      excludeProtected: true,
    });
    if (interrupted) throw new Error("interrupted; what is left stays recorded, run it again");
    if (!ok) throw new Error(failures.join("\n"));
  },
};

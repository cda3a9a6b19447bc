// The programs of the environment, brought while a person watches.
import type { Screen, Step } from "../screen.ts";
import type { BuildState } from "../tools/build.ts";
import { bringTools, type Brought } from "../tools/index.ts";
import type { ToolName } from "../tools/table.ts";
import { buildText } from "./buildText.ts";

export interface BringingOptions {
  screen: Screen;
  background?: boolean;
  signal: AbortSignal;
}

/** Nothing is said where all are here. */
export async function bringing<Name extends ToolName>(
  names: readonly Name[],
  { screen, background, signal }: BringingOptions,
): Promise<Brought<Name>> {
  let step: Step | undefined;
  let begun: number | undefined;
  const progress = (state: BuildState & { names: string[] }): void => {
    step ??= screen.step(
      `Go builds ${state.names.join(", ")}${background ? ", behind everything else" : ""}, once`,
    );
    if (state.packages > 0) begun ??= Date.now();
    step.update(buildText(state, begun === undefined ? 0 : Date.now() - begun));
  };
  try {
    const brought = await bringTools(names, { report: screen.say, progress, background, signal });
    step?.done();
    return brought;
  } catch (error) {
    step?.failed();
    throw error;
  }
}

// `npm stop`: destroys the local stacks in reverse order, and stops every process.
import { destroyEmbedded, embedded } from "../../destroy/embedded.ts";
import type { Backend } from "../../destroy/backend.ts";
import { destroyTarget } from "../../destroy/run.ts";
import { layers, stackName } from "../../../stacks/stackName.ts";
import type { Screen } from "../screen.ts";
import { down } from "./down.ts";
import { runStackCommand, type StackCommandOptions } from "./stack.ts";
import { asOneLine } from "./stackStep.ts";
import { up } from "./up.ts";

export interface StopOptions {
  engine: StackCommandOptions["engine"];
  /** Every resource. */
  verbose?: boolean;
  screen: Screen;
  signal?: AbortSignal;
}

/** @throws when a stack cannot be destroyed; the environment keeps running then, so that it can be looked at */
export async function stop({ engine, verbose, screen, signal }: StopOptions): Promise<void> {
  if (engine === "pulumi") await destroyByCli(signal);
  const standing = await embedded.standing();
  if (standing.length > 0) {
    // Stacks may stand while nothing runs, after a reboot say: what they made must be there to be destroyed.
    await up({ screen, early: true, signal });
    const environments = new Set(standing.map(({ stack }) => stack.slice(stack.indexOf("-") + 1)));
    const backend = verbose ? embedded : quiet(screen, signal);
    const announce = verbose ? {} : { announce: () => undefined };
    for (const env of environments)
      await destroyTarget(env, backend, {
        confirmation: () => Promise.resolve(env),
        say: screen.say,
        ...announce,
      });
  }
  const running = await down();
  screen.say(
    standing.length > 0 || running ? "Every process of the environment is stopped." : "Nothing was running.",
  );
}

/** A line for each stack. */
const quiet = (screen: Screen, signal: AbortSignal | undefined): Backend => ({
  ...embedded,
  async destroy({ stack }) {
    await asOneLine(`Pulumi destroys ${stack}`, { screen, signal }, (onEvent) =>
      destroyEmbedded(stack, onEvent),
    );
  },
});

/** Stacks that the Pulumi CLI made are in its records, not in the embedded engine's. */
async function destroyByCli(signal: AbortSignal | undefined): Promise<void> {
  for (const layer of layers.toReversed()) {
    const stack = stackName({ layer, env: "local" });
    const code = await runStackCommand("destroy", stack, { engine: "pulumi", yes: true, signal });
    if (code !== 0) throw new Error(`${stack} is not destroyed: see above`);
  }
}

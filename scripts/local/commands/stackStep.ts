// One stack brought up as one line on the screen; the whole of what the engine says when it fails, or when that is wanted.
import type { EngineEvent } from "../engine/events.ts";
import { textDisplay } from "../engine/display.ts";
import type { Screen } from "../screen.ts";
import { runStackCommand, type StackCommandOptions } from "./stack.ts";

/** @throws when it is not up */
export async function bringUpStack(
  stack: string,
  {
    screen,
    verbose,
    ...options
  }: Pick<StackCommandOptions, "engine" | "signal"> & {
    screen: Screen;
    verbose?: boolean;
  },
): Promise<void> {
  // The Pulumi CLI writes to the terminal by itself.
  const silent = !verbose && options.engine === "embedded";
  if (!silent) screen.say(`\nBringing up ${stack}`);
  const step = silent ? screen.step(`Pulumi brings up ${stack}`) : undefined;
  const said: string[] = [];
  const display = textDisplay((line) => said.push(line));
  let done = 0;
  const onEvent = (event: EngineEvent): void => {
    display(event);
    if (event.type === "log" && event.severity === "warning") screen.say(`  ${event.message}`);
    if (event.type === "status") step?.update(`${done} resources, ${event.message}`);
    if (event.type !== "step") return;
    if (event.phase === "done") done += 1;
    step?.update(`${done} resources${event.phase === "started" ? `, ${event.name}` : ""}`);
  };
  const code = await runStackCommand("up", stack, { ...options, ...(silent && { onEvent }) });
  if (code === 0) return step?.done(`${done} resources`);
  step?.failed();
  if (silent && !options.signal?.aborted) for (const line of said) screen.say(line);
  options.signal?.throwIfAborted();
  throw new Error(`${stack} is not up: mend what is reported above, then run this again`);
}

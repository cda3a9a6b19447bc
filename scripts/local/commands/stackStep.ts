// One stack brought up or taken down as one line on the screen; all that the engine says when it fails, or when that is wanted.
import type { EngineEvent } from "../engine/events.ts";
import { textDisplay } from "../engine/display.ts";
import type { Screen } from "../screen.ts";
import { runStackCommand, type StackCommandOptions } from "./stack.ts";

/**
 * Runs the engine, and shows its events as one line that updates; warnings stay on the screen.
 * @throws what `run` throws, after everything that the engine has said
 */
export async function asOneLine(
  title: string,
  { screen, signal }: { screen: Screen; signal?: AbortSignal },
  run: (onEvent: (event: EngineEvent) => void) => Promise<void>,
): Promise<void> {
  const step = screen.step(title);
  const said: string[] = [];
  const display = textDisplay((line) => said.push(line));
  let done = 0;
  const onEvent = (event: EngineEvent): void => {
    display(event);
    if (event.type === "log" && event.severity === "warning") screen.say(`  ${event.message}`);
    if (event.type === "status") step.update(`${done} resources, ${event.message}`);
    if (event.type !== "step") return;
    if (event.phase === "done") done += 1;
    step.update(`${done} resources${event.phase === "started" ? `, ${event.name}` : ""}`);
  };
  try {
    await run(onEvent);
  } catch (error) {
    step.failed();
    if (!signal?.aborted) for (const line of said) screen.say(line);
    throw error;
  }
  step.done(`${done} resources`);
}

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
  const run = async (onEvent?: (event: EngineEvent) => void): Promise<void> => {
    if ((await runStackCommand("up", stack, { ...options, onEvent })) === 0) return;
    options.signal?.throwIfAborted();
    throw new Error(`${stack} is not up: mend what is reported above, then run this again`);
  };
  // The Pulumi CLI writes to the terminal by itself.
  if (!verbose && options.engine === "embedded")
    return asOneLine(`Pulumi brings up ${stack}`, { screen, signal: options.signal }, run);
  screen.say(`\nBringing up ${stack}`);
  await run();
}

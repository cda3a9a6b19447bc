// What a person sees while something takes long: a line for each step that updates in place on a terminal; elsewhere plain
// lines, few enough for a log.
import { createLogUpdate } from "log-update";

export interface Step {
  /** What it does at the moment, or waits for. */
  update(detail: string): void;
  /** It is over, with what came of it. */
  done(result?: string): void;
  /** It is over, and did not come to its end. */
  failed(): void;
}

export interface Screen {
  /** A line that stays. */
  say: (line: string) => void;
  step: (title: string) => Step;
}

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

interface Running {
  title: string;
  detail: string;
  since: number;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 120;
/** A log gets a word of a long step this often. */
const quietMs = 20_000;

export const seconds = (since: number, now = Date.now()): string => `${Math.round((now - since) / 1000)} s`;

const joined = (title: string, detail: string): string => (detail === "" ? title : `${title}: ${detail}`);

export const openScreen = (output: Output = process.stdout): Screen =>
  output.isTTY ? liveScreen(output as NodeJS.WriteStream) : plainScreen(output);

function plainScreen(output: Output): Screen {
  const say = (line: string): void => void output.write(`${line}\n`);
  return {
    say,
    step(title) {
      const since = Date.now();
      let told = since;
      say(`${title} …`);
      return {
        update(detail) {
          if (Date.now() - told < quietMs) return;
          told = Date.now();
          say(`${joined(title, detail)} (${seconds(since)})`);
        },
        done: (result = "done") => say(`${joined(title, result)} (${seconds(since)})`),
        failed: () => undefined,
      };
    },
  };
}

function liveScreen(output: NodeJS.WriteStream): Screen {
  const live = createLogUpdate(output);
  const steps: Running[] = [];
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const sign = frames[frame++ % frames.length]!;
    const width = output.columns - 1;
    live(
      steps
        .map(({ title, detail, since }) => fit(`${sign} ${joined(title, detail)}`, seconds(since), width))
        .join("\n"),
    );
  };
  const persist = (line: string): void => {
    live.clear();
    output.write(`${line}\n`);
    if (steps.length > 0) draw();
  };
  const end = (step: Running, line?: string): void => {
    steps.splice(steps.indexOf(step), 1);
    if (line !== undefined) persist(line);
    if (steps.length > 0) return;
    clearInterval(timer);
    live.clear();
    live.done();
  };
  return {
    say: persist,
    step(title) {
      const step: Running = { title, detail: "", since: Date.now() };
      if (steps.push(step) === 1) timer = setInterval(draw, frameMs).unref();
      draw();
      return {
        update: (detail) => void (step.detail = detail),
        done: (result = "") => end(step, `✔ ${joined(title, result)} (${seconds(step.since)})`),
        failed: () => end(step, `✖ ${joined(title, step.detail)} (${seconds(step.since)})`),
      };
    },
  };
}

/** On one line: a second one would not be taken back. */
function fit(text: string, end: string, width: number): string {
  const room = Math.max(10, width - end.length - 2);
  return `${text.length > room ? `${text.slice(0, room - 1)}…` : text}  ${end}`;
}

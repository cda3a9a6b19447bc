// Progress on stderr: one line that is written again on a terminal, plain lines elsewhere.
import type { Progress } from "./phase.ts";

export interface ProgressLine {
  show: (progress: Progress) => void;
  /** Frees the line for what comes next. */
  clear: () => void;
  everyMs: number;
}

export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) {
    return {
      everyMs: 5000,
      clear: () => undefined,
      show: (progress) => stream.write(`${lineOf(progress)}\n`),
    };
  }
  const clear = (): void => void stream.write("\r\u001b[K");
  return {
    everyMs: 1000,
    clear,
    show(progress) {
      clear();
      stream.write(lineOf(progress).slice(0, stream.columns - 1));
    },
  };
}

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export function lineOf(progress: Progress): string {
  const { phase, seconds, durationSeconds, users, inFlight, ratePerSecond, failedRatio, latencyMs } =
    progress;
  return [
    `${phase} ${clock(seconds)}/${clock(durationSeconds)}`,
    `${users} users`,
    `${ratePerSecond.toFixed(0)}/s`,
    `${(failedRatio * 100).toFixed(1)} % failed`,
    latencyMs ? `p50 ${latencyMs.p50.toFixed(1)} ms  p99 ${latencyMs.p99.toFixed(1)} ms` : "no latency",
    `${inFlight} open`,
  ].join("  ");
}

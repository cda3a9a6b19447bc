// Mocha's spec reporter, and at its end what was slow: `npm test -- --slow 1000` names every test and hook of a second or more.
import { relative } from "node:path";
import Mocha from "mocha";

/** What takes longer than this by itself is worth a word: half a minute of all tests in three jobs is ten of them. */
const named = 10;

export default class SlowReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const slow = options.slow ?? runner.suite.slow();
    const parts: { title: string; file: string; ms: number }[] = [];
    const note = ({ duration = 0, file = "", ...part }: Mocha.Runnable): void => {
      const title = part.title;
      if (duration > 0) parts.push({ title, file: relative(".", file), ms: duration });
    };
    runner.on("test end", note);
    runner.on("hook end", note);
    runner.once("end", () => {
      for (const line of slowText(parts, slow)) console.log(line);
    });
  }
}

export function slowText(
  parts: readonly { title: string; file: string; ms: number }[],
  slow: number,
): string[] {
  const files = new Map<string, number>();
  for (const { file, ms } of parts) files.set(file, (files.get(file) ?? 0) + ms);
  const slowest = <T>(items: T[], ms: (item: T) => number): T[] =>
    items
      .filter((item) => ms(item) >= slow)
      .sort((a, b) => ms(b) - ms(a))
      .slice(0, named);
  const line = (ms: number, name: string): string => `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`;
  const slowFiles = slowest([...files], ([, ms]) => ms).map(([file, ms]) => line(ms, file));
  const slowParts = slowest([...parts], ({ ms }) => ms).map(({ ms, file, title }) =>
    line(ms, `${file}: ${title}`),
  );
  if (slowFiles.length === 0) return [];
  return [
    `Slow files (${slow} ms and more):`,
    ...slowFiles,
    ...(slowParts.length > 0 ? ["Slow tests and hooks:", ...slowParts] : []),
    "",
  ];
}

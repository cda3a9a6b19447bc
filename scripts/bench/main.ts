// `npm run bench [-- --json] [-- --write] [-- --traces DIR] [-- --notice S] [-- <part>…]`: measures, and holds each figure against another one of the same run.
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { InputError, exitCodes } from "../../balancer/failures.ts";
import { interrupted } from "../local/index.ts";
import { benchBackend } from "./backend.ts";
import { benchBundle } from "./bundle.ts";
import { benchDecide } from "./decide.ts";
import { withFigures } from "./figures.ts";
import { benchLoad } from "./load.ts";
import { type Measurement, textLine } from "./measurement.ts";
import { benchPage } from "./page.ts";
import { benchPreview } from "./preview.ts";
import { benchProgram } from "./program.ts";
import { benchRound } from "./round.ts";
import { benchSaving } from "./saving.ts";
import type { Row } from "./saving/row.ts";
import { withSaving } from "./saving/written.ts";

const parts: Record<string, (report: (line: string) => void) => Promise<Measurement[]>> = {
  program: benchProgram,
  preview: benchPreview,
  bundle: benchBundle,
  decide: benchDecide,
  round: benchRound,
  backend: benchBackend,
  page: benchPage,
  load: benchLoad,
  saving: (report) =>
    benchSaving(report, {
      traces: values.traces,
      noticeSeconds: Number(values.notice),
      onRows: (rows) => (saving = rows),
    }),
};

let saving: Row[] | undefined;
const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    traces: { type: "string" },
    notice: { type: "string", default: "0" },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`expected parts out of ${Object.keys(parts).join(", ")}, got ${unknown.join(", ")}\n`);
  process.exit(exitCodes.badInput);
}
if (!/^\d+$/.test(values.notice)) {
  process.stderr.write(`--notice: expected whole seconds, got ${values.notice}\n`);
  process.exit(exitCodes.badInput);
}
const show = (figure: Measurement) => (values.json ? JSON.stringify(figure) : textLine(figure));
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const figures = await parts[name]!((line) => process.stderr.write(`${line}\n`));
    for (const figure of figures) process.stdout.write(`${show(figure)}\n`);
    if (values.write) await write(figures);
  }
} catch (error) {
  if (!(error instanceof InputError || interrupted.aborted)) throw error;
  process.stderr.write(`${((interrupted.aborted ? interrupted.reason : error) as Error).message}\n`);
  process.exitCode = interrupted.aborted ? 130 : exitCodes.badInput;
}

/** Into the README beside this, part by part, so that what was measured is kept when a later part fails. */
async function write(figures: Measurement[]): Promise<void> {
  const file = join(import.meta.dirname, "README.md");
  const when = `${new Date().toISOString().slice(0, 10)}, load ${loadavg()[0]!.toFixed(1)}`;
  const readme = readFileSync(file, "utf8");
  // Of the traces that everybody has, the figure is enough.
  const text =
    saving && values.traces !== undefined
      ? withSaving(readme, saving, Number(values.notice), when)
      : withFigures(readme, figures, when);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

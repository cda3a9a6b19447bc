// `npm run bench [-- --json] [-- <part>…]`: measures, and holds each figure against another one of the same run.
import { parseArgs } from "node:util";
import { InputError, exitCodes } from "../../balancer/failures.ts";
import { benchBackend } from "./backend.ts";
import { benchBundle } from "./bundle.ts";
import { benchDecide } from "./decide.ts";
import { benchLoad } from "./load.ts";
import { type Measurement, jsonLine, textLine } from "./measurement.ts";
import { benchPage } from "./page.ts";
import { benchPreview } from "./preview.ts";
import { benchProgram } from "./program.ts";
import { benchRound } from "./round.ts";

const parts: Record<string, (report: (line: string) => void) => Promise<Measurement[]>> = {
  program: benchProgram,
  preview: benchPreview,
  bundle: benchBundle,
  decide: benchDecide,
  round: benchRound,
  backend: benchBackend,
  page: benchPage,
  load: benchLoad,
};

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`expected parts out of ${Object.keys(parts).join(", ")}, got ${unknown.join(", ")}\n`);
  process.exit(exitCodes.badInput);
}
const show = values.json ? jsonLine : textLine;
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const figures = await parts[name]!((line) => process.stderr.write(`${line}\n`));
    for (const figure of figures) process.stdout.write(`${show(figure)}\n`);
  }
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodes.badInput;
}

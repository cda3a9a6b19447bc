// `--offline FILES`: manifests judged without a cluster.
import { readFileSync } from "node:fs";
import { exitCodes } from "../failures.ts";
import { judgeOffline, unhurried } from "../offline.ts";
import { readObjects } from "../offline/files.ts";
import { renderOffline, sarifOf } from "../offline/render.ts";
import type { Policy } from "../policy.ts";
import { printable, printableJson } from "../printable.ts";
import type { Options } from "./options.ts";

/** @returns the exit code: 4 when the score is below the threshold */
export async function runOffline(
  { offline = [], policy: file, output, threshold = 0 }: Options,
  policy: Policy,
  now: number,
): Promise<number> {
  const found = readObjects(offline, () => readFileSync(0));
  const objects = found.objects.map(({ object }) => object);
  const report = await judgeOffline(found, unhurried(policy, objects, file !== undefined), now);
  const text =
    output === "text"
      ? printable(renderOffline(report))
      : `${printableJson(JSON.stringify(output === "sarif" ? sarifOf(report) : report))}\n`;
  process.stdout.write(text);
  if (report.score >= threshold) return exitCodes.done;
  process.stderr.write(`The score ${report.score} is below ${threshold} (--threshold)\n`);
  return exitCodes.belowThreshold;
}

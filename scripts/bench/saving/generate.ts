// Makes the traces beside this: invented, with up-times as heavy-tailed as those of public ones, and all nodes lost at once.
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadExample } from "../../simulate/examples/generate.ts";
import { type Chance, seededChance } from "../../simulate/chance.ts";

const days = 3;
const gapSeconds = 300;

/** @param upHours shortest up-time; a third of them is below twice that. @param downHours mean length of an outage */
export function spotTrace(chance: Chance, upHours: number, downHours: number): string {
  const data: number[] = [];
  const length = (days * 86_400) / gapSeconds;
  const steps = (hours: number) => Math.max(1, Math.round((hours * 3600) / gapSeconds));
  while (data.length < length) {
    // Pareto with index 0.7: in the public traces most of the time is in few long up-times.
    const up = steps(Math.min(30, upHours * (1 - chance()) ** (-1 / 0.7)));
    data.push(...Array.from({ length: up }, () => 12));
    const left = Math.floor(chance() * 4);
    data.push(...Array.from({ length: steps(downHours * -Math.log(1 - chance())) }, () => left));
  }
  const metadata = { gap_seconds: gapSeconds, made_by: "bench/saving/generate.ts, not recorded" };
  return `${JSON.stringify({ metadata, data: data.slice(0, length) })}\n`;
}

export const files: Record<string, () => string> = {
  "sometimes.json": () => spotTrace(seededChance(3), 3, 0.5),
  "often.json": () => spotTrace(seededChance(4), 0.4, 1),
  "load.csv": () => loadExample(seededChance(2), days),
};

if (import.meta.main) {
  const folder = join(import.meta.dirname, "testdata");
  for (const [name, make] of Object.entries(files)) writeFileSync(join(folder, name), make());
  const examples = join(import.meta.dirname, "../../simulate/examples");
  for (const name of ["policy.yaml", "cluster.yaml"]) copyFileSync(join(examples, name), join(folder, name));
}

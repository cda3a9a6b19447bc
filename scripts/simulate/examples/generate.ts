// Makes the example traces: invented, not recorded. A day of a small shop, and a cloud with two bad half hours.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Chance, seededChance } from "../chance.ts";

const minutesOfDay = 24 * 60;
const gapMinutes = 5;
const rowMinutes = 30;

/** Spot nodes to be had: five or six, sometimes fewer; none from 04:10 to 04:35, two from 13:00 to 13:40. */
export function spotExample(chance: Chance): { metadata: object; data: number[] } {
  let nodes = 6;
  const data = Array.from({ length: minutesOfDay / gapMinutes }, (_, i) => {
    if (chance() < 0.03) nodes = Math.max(3, Math.min(6, nodes + (chance() < 0.5 ? -1 : 1)));
    const at = i * gapMinutes;
    if (at >= 250 && at < 275) return 0;
    return at >= 780 && at < 820 ? Math.min(nodes, 2) : nodes;
  });
  return { metadata: { gap_seconds: gapMinutes * 60, made_by: "examples/generate.ts, not recorded" }, data };
}

interface Shape {
  /** Millicores at the quietest and at the busiest time. */
  low: number;
  high: number;
  memoryMi: number;
  /** Hours between which there is something to do. */
  from: number;
  to: number;
}

const shapes: Record<string, Shape> = {
  "shop/web": { low: 30, high: 1100, memoryMi: 600, from: 7, to: 22 },
  "shop/api": { low: 40, high: 1600, memoryMi: 900, from: 7, to: 22 },
  "shop/search": { low: 20, high: 700, memoryMi: 1200, from: 9, to: 20 },
  "shop/admin": { low: 5, high: 60, memoryMi: 300, from: 9, to: 17 },
  "payments/gateway": { low: 60, high: 500, memoryMi: 500, from: 7, to: 22 },
  "batch/report": { low: 10, high: 1400, memoryMi: 1500, from: 1, to: 5 },
};

export function loadExample(chance: Chance, days = 1): string {
  const rows = ["time,workload,cpu,memory"];
  for (let at = 0; at < days * minutesOfDay; at += rowMinutes) {
    for (const [name, { low, high, memoryMi, from, to }] of Object.entries(shapes)) {
      const part = ((at % minutesOfDay) / 60 - from) / (to - from);
      const swell = part > 0 && part < 1 ? Math.sin(part * Math.PI) * (0.85 + 0.3 * chance()) : 0;
      rows.push(`${at * 60},${name},${Math.round(low + (high - low) * Math.min(1, swell))}m,${memoryMi}Mi`);
    }
  }
  return `${rows.join("\n")}\n`;
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "spot.json"), `${JSON.stringify(spotExample(seededChance(1)))}\n`);
  writeFileSync(join(import.meta.dirname, "load.csv"), loadExample(seededChance(2)));
}

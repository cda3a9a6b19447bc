// `npm run simulate -- --chart FILE`: what happened as one page that needs no network, and that lets nothing but its own scripts run.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { printableLine } from "../../balancer/printable.ts";
import type { MoveMark, Story } from "./chart/story.ts";
import type { Comparison } from "./compare.ts";
import { percent } from "./table.ts";

const beside = (name: string) => readFileSync(join(import.meta.dirname, "chart", name), "utf8");
const library = (url: string) => readFileSync(fileURLToPath(url), "utf8").trim();

export function renderChart(comparison: Comparison, story: Story): string {
  const scripts = [library(import.meta.resolve("uplot/dist/uPlot.iife.min.js")), beside("draw.js")];
  const styles = [library(import.meta.resolve("uplot/dist/uPlot.min.css")), beside("page.css")];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hashes(scripts)}; style-src ${hashes(styles)}">
<meta name="viewport" content="width=device-width">
<title>Spot Balancer, simulated</title>
${styles.map((text) => `<style>${text}</style>`).join("\n")}
<h1>${escaped(summary(comparison))}</h1>
<h2>Nodes that cost</h2>
<div id="nodes"></div>
<p class="marks">▲ a move to spot, ▼ to regular, gray inside a pool. Drag over a span to see it larger, click twice to see all.</p>
<h2>Cost since the start, ${escaped(story.currency)}</h2>
<div id="costs"></div>
<details>
<summary>${story.moves.length} moves</summary>
<table>
<thead><tr><th>UTC<th>workload<th>move<th>reason<th>why</thead>
<tbody>
${story.moves.map(row).join("\n")}
</tbody>
</table>
</details>
<script type="application/json" id="story">${inScript(JSON.stringify(drawn(story)))}</script>
${scripts.map((text) => `<script>${text}</script>`).join("\n")}
</html>
`;
}

function summary({ hours, saving, currency, seed }: Comparison): string {
  return [
    `${hours.toFixed(1)} h, seed ${seed}: saved ${saving.cost.toFixed(2)} ${currency}`,
    `${percent(saving.share)} of doing nothing, ${percent(saving.ofPossible)} of what the best plan would have saved`,
  ].join(", ");
}

function row({ time, kind, workload, reason, message }: MoveMark): string {
  const at = new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ");
  return `<tr>${[at, workload, kind, reason, message].map((text) => `<td>${escaped(text)}`).join("")}`;
}

/** Texts are in the table; the drawing needs none. */
const drawn = ({ nodes, costs, moves }: Story) => ({
  ...{ nodes, costs },
  moves: moves.map(({ time, kind }) => ({ time, kind })),
});

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string) =>
  printableLine(text).replace(/[&<>"']/g, (character) => entities[character]!);

/** A script ends at the first `</script`, wherever that stands; written so, JSON means the same. */
const inScript = (json: string) => json.replaceAll("<", "\\u003c");

const hashes = (texts: string[]) =>
  texts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`).join(" ");

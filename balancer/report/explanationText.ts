// An explanation as text for a terminal.
import type { Explanation } from "../decide/explain.ts";
import { printableLine } from "../printable.ts";
import { displayName } from "./table.ts";

export function renderExplanation({ workload, decision, facts, checks }: Explanation): string {
  const { text, reason, message, score, nodes = [], makesRoom = [], split, evidence } = decision;
  const lines = [`${displayName(workload)}: ${text}, ${reason}`, `  ${message}`];
  if (score !== undefined) lines.push(`  saves ${value(score)} an hour, restarts counted in`);
  if (nodes.length > 0) lines.push(`  room on ${nodes.join(", ")}`);
  if (makesRoom.length > 0) lines.push(`  after placeholders ${makesRoom.join(", ")} are gone`);
  if (split) lines.push(`  split: ${split.spot} on spot, ${split.regular} on regular`);
  lines.push(...Object.entries(evidence).map(([key, fact]) => `  ${key} ${value(fact)}`));
  for (const [title, group] of Object.entries(facts)) {
    const width = Math.max(...Object.keys(group).map((key) => key.length));
    lines.push(
      "",
      title,
      ...Object.entries(group).map(([key, fact]) => `  ${key.padEnd(width)}  ${value(fact)}`),
    );
  }
  if (checks.length > 0) lines.push("", "checks, in the order in which they are asked");
  for (const { group, asked } of checks) {
    lines.push(`  ${group}?`);
    for (const { check, reason, message } of asked) {
      lines.push(reason === undefined ? `    ✔ ${check}` : `    ✘ ${check}: ${reason}, ${message}`);
    }
  }
  return `${lines.map(printableLine).join("\n")}\n`;
}

const value = (fact: string | number | boolean) =>
  typeof fact === "number" ? String(Number(fact.toPrecision(3))) : String(fact);

// What was looked at last, whole: a test fails where something is said otherwise now, and whoever meant that looks at the file's diff.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { noon } from "./builders.ts";

/** Where a test here fails and the change is meant: `UPDATE_SEEN=1 npm test` writes the files anew; read the diff before you commit it. */
const isUpdate = process.env["UPDATE_SEEN"] === "1";

/** A file of sections, `# <name>` before each. To be called while tests are declared. */
export function lookedAt(file: string): (name: string, text: string) => void {
  const known = new Map<string, string>();
  for (const section of isUpdate ? [] : readFileSync(file, "utf8").split(/^# /m).slice(1)) {
    const end = section.indexOf("\n");
    known.set(section.slice(0, end), section.slice(end + 1).trim());
  }
  const seen = new Map<string, string>();
  after(() => {
    if (isUpdate) writeFileSync(file, [...seen].map(([name, text]) => `# ${name}\n${text}\n`).join("\n"));
  });
  return (name, text) => {
    seen.set(name, text.trim());
    if (!isUpdate) assert.equal(text.trim(), known.get(name));
  };
}

/** A record in one line: times from noon on, numbers as exact as anybody looks at them, nothing that is missing. */
export function inOneLine(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Map) return Object.fromEntries(each) as unknown;
    if (Array.isArray(each) && each.length === 0) return undefined;
    if (typeof each !== "number" || Number.isInteger(each))
      return isTime(each) ? `noon${signed(each - noon)}` : each;
    return Number(each.toPrecision(6));
  });
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Math.abs(value - noon) < 30 * 86_400_000;
const signed = (ms: number) => (ms === 0 ? "" : ms > 0 ? `+${ms}` : `${ms}`);

// The load trace: CSV with `time,workload,cpu,memory`, where a row counts until the next one of its workload.
import { parseCpu, parseMemory } from "../../../balancer/kube/quantity.ts";
import type { LoadStep } from "../scenario.ts";
import type { InputFile, Problems } from "./problem.ts";

const columns = ["time", "workload", "cpu", "memory"] as const;
const header = columns.join(",");

export interface LoadTrace {
  /** By `namespace/name`, in order; `at` counts from the first time in the file. */
  steps: Map<string, LoadStep[]>;
  /** The first time, milliseconds since 1970; undefined when the file counts from a start of its own. */
  startsAt?: number;
}

interface Row {
  line: number;
  /** Milliseconds. */
  time: number;
  workload: string;
  cpu: number;
  memory: number;
}

/**
 * Times are seconds (since 1970, or since any start) or ISO 8601; CPU and memory are Kubernetes quantities, of all
 * replicas together. @returns undefined when there are problems
 */
export function readLoadTrace({ name, text }: InputFile, problems: Problems): LoadTrace | undefined {
  const complaints: { line: number; path: string; message: string }[] = [];
  const [first = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (first.replaceAll(" ", "") !== header) {
    complaints.push({
      line: 1,
      path: "",
      message: `expected the header ${header}, got "${first.slice(0, 80)}"`,
    });
  }
  const rows: Row[] = [];
  const seen = new Map<string, number>();
  lines.forEach((content, i) => {
    if (content.trim() === "") return;
    const line = i + 2;
    const complain = (path: string, message: string) => complaints.push({ line, path, message });
    const row = readRow(content, line, complain);
    if (!row) return;
    const twice = seen.get(`${row.time} ${row.workload}`);
    if (twice !== undefined) complain("", `${row.workload} has this time already in line ${twice}`);
    seen.set(`${row.time} ${row.workload}`, line);
    rows.push(row);
  });
  if (rows.length === 0 && complaints.length === 0) {
    complaints.push({ line: 1, path: "", message: "expected rows after the header, got none" });
  }
  problems.add(name, ...complaints);
  return complaints.length === 0 ? toTrace(rows) : undefined;
}

function readRow(
  content: string,
  line: number,
  complain: (path: string, message: string) => void,
): Row | undefined {
  const cells = content.split(",").map((cell) => cell.trim());
  if (cells.length !== columns.length) {
    complain("", `expected ${columns.length} values (${header}), got ${cells.length}`);
    return undefined;
  }
  const [time, workload, cpu, memory] = cells as [string, string, string, string];
  const row = {
    line,
    workload,
    time: readTime(time),
    cpu: readQuantity(cpu, parseCpu),
    memory: readQuantity(memory, parseMemory),
  };
  if (Number.isNaN(row.time)) {
    complain("time", `expected seconds or an ISO time such as 2026-01-05T08:00:00Z, got "${time}"`);
  }
  if (!/^[^/\s]+\/[^/\s]+$/.test(workload))
    complain("workload", `expected namespace/name, got "${workload}"`);
  for (const [key, given] of [
    ["cpu", cpu],
    ["memory", memory],
  ] as const) {
    if (Number.isNaN(row[key])) {
      complain(key, `expected a quantity of at least 0 such as 250m or 1.5Gi, got "${given}"`);
    }
  }
  return [row.time, row.cpu, row.memory].some(Number.isNaN) ? undefined : row;
}

function readTime(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
}

function readQuantity(text: string, parse: (text: string) => number): number {
  try {
    const value = parse(text);
    return value < 0 ? NaN : value;
  } catch {
    return NaN;
  }
}

/** Before 2001 nobody has recorded a cluster: such times count from the trace's own start. */
const recorded = 1e12;

function toTrace(rows: Row[]): LoadTrace {
  const ordered = rows.toSorted((a, b) => a.time - b.time);
  const first = ordered[0]!.time;
  const steps = new Map<string, LoadStep[]>();
  for (const { time, workload, cpu, memory } of ordered) {
    const own = steps.get(workload) ?? [];
    own.push({ at: time - first, cpu, memory });
    steps.set(workload, own);
  }
  return { steps, ...(first >= recorded && { startsAt: first }) };
}

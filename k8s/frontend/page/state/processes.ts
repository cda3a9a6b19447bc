// The process table's order and filter.
import type { Process } from "./api.ts";

export type Column = keyof Process;
export interface Order {
  column: Column;
  descending: boolean;
}

/** What a click on a column's head does: numbers start with the largest, words with the first. */
export function nextOrder(order: Order, column: Column): Order {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: column === "cpuCores" || column === "memoryBytes" };
}

export function arrange(
  processes: readonly Process[],
  { column, descending }: Order,
  filter: string,
): Process[] {
  const wanted = filter.trim().toLowerCase();
  const sign = descending ? -1 : 1;
  return processes
    .filter(({ name, pid, state }) => `${pid} ${name} ${state}`.toLowerCase().includes(wanted))
    .sort((a, b) => sign * compare(a[column], b[column]) || a.pid - b.pid);
}

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

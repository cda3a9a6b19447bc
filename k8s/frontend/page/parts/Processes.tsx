// The machine's busiest processes, sortable by each column, filtered by what is typed.
import { useDeferredValue, useMemo, useState } from "react";
import { bytes, count } from "../state/format.ts";
import { type Column, type Order, arrange, nextOrder } from "../state/processes.ts";
import { useStore } from "../state/store.ts";
import { Section } from "./Section.tsx";

const columns: { column: Column; title: string }[] = [
  { column: "pid", title: "PID" },
  { column: "name", title: "Name" },
  { column: "state", title: "State" },
  { column: "cpuCores", title: "CPU cores" },
  { column: "memoryBytes", title: "Memory" },
];

export function Processes() {
  const processes = useStore((state) => state.latest?.processes);
  const [order, setOrder] = useState<Order>({ column: "cpuCores", descending: true });
  const [filter, setFilter] = useState("");
  const wanted = useDeferredValue(filter);
  const rows = useMemo(() => arrange(processes?.top ?? [], order, wanted), [processes, order, wanted]);
  return (
    <Section
      id="processes"
      title="Processes"
      aside={
        <input
          type="search"
          placeholder="Filter"
          aria-label="Filter processes"
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
      }
    >
      <p className="dim">
        {processes
          ? (["running", "sleeping", "stopped", "zombie"] as const)
              .map((state) => `${count(processes[state])} ${state}`)
              .join(", ")
          : "No sample with processes yet."}
      </p>
      <div className="scroll tall" tabIndex={0} role="group" aria-label="Process table">
        <table>
          <thead>
            <tr>
              {columns.map(({ column, title }) => (
                <Head key={column} {...{ column, title, order }} choose={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((process) => (
              <tr key={process.pid}>
                <td>{process.pid}</td>
                <th scope="row">{process.name}</th>
                <td>{process.state}</td>
                <td>{process.cpuCores.toFixed(2)}</td>
                <td>{bytes(process.memoryBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

interface HeadProps {
  column: Column;
  title: string;
  order: Order;
  choose: (order: Order) => void;
}

function Head({ column, title, order, choose }: HeadProps) {
  const sorted = order.column === column ? (order.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" aria-sort={sorted}>
      <button type="button" onClick={() => choose(nextOrder(order, column))}>
        {title} <span aria-hidden="true">{{ none: "", ascending: "▲", descending: "▼" }[sorted]}</span>
      </button>
    </th>
  );
}

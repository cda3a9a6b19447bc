// The machine's busiest processes, sortable by each column, filtered by what is typed.
import { useDeferredValue, useMemo, useState } from "react";
import { bytes, count } from "../state/format.ts";
import { type Column, type Order, arrange, nextOrder } from "../state/processes.ts";
import { useStore } from "../state/store.ts";
import { Section } from "./Section.tsx";

const columns: { column: Column; title: string; number?: true }[] = [
  { column: "pid", title: "PID", number: true },
  { column: "name", title: "Name" },
  { column: "state", title: "State" },
  { column: "cpuCores", title: "Cores", number: true },
  { column: "memoryBytes", title: "Memory", number: true },
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
              {columns.map((column) => (
                <Head key={column.column} {...column} order={order} choose={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((process) => (
              <tr key={process.pid}>
                <td className="number">{process.pid}</td>
                <th scope="row">{process.name}</th>
                <td>{process.state}</td>
                <td className="number">{process.cpuCores.toFixed(2)}</td>
                <td className="number">{bytes(process.memoryBytes)}</td>
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
  number?: true;
  order: Order;
  choose: (order: Order) => void;
}

function Head({ column, title, number, order, choose }: HeadProps) {
  const sorted = order.column === column ? (order.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" aria-sort={sorted} className={number && "number"}>
      <button type="button" onClick={() => choose(nextOrder(order, column))}>
        {title}
        <span className="sign" aria-hidden="true">
          {{ none: "", ascending: "▲", descending: "▼" }[sorted]}
        </span>
      </button>
    </th>
  );
}

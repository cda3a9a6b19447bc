// Live CPU and memory of one machine.
import { bytes, percent } from "../state/format.ts";
import { chooseMachine, shownSeconds, useStore } from "../state/store.ts";
import { Chart } from "./Chart.tsx";
import { Section } from "./Section.tsx";

export function Charts() {
  const { times, cpu, memory } = useStore((state) => state.columns);
  const total = useStore((state) => state.latest?.memory.totalBytes);
  return (
    <Section id="charts" title="Machine" aside={<MachineChoice />}>
      <Chart
        label="CPU"
        times={times}
        values={cpu}
        color="--cpu"
        max={1}
        format={percent}
        seconds={shownSeconds}
      />
      <Chart
        label="Memory"
        times={times}
        values={memory}
        color="--memory"
        max={total ?? (memory.length === 0 ? 1 : Math.max(...memory) * 1.2)}
        format={bytes}
        seconds={shownSeconds}
      />
    </Section>
  );
}

function MachineChoice() {
  const machine = useStore((state) => state.machine);
  const machines = useStore((state) => state.machines);
  return (
    <select
      aria-label="Machine"
      value={machine ?? ""}
      disabled={machines.length === 0}
      onChange={({ target }) => void chooseMachine(target.value)}
    >
      {machines.length === 0 && <option value="">none yet</option>}
      {machines.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

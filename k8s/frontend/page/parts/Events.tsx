// What the balancer did and why, newest first, or why it left the others where they are.
import { useEffect, useState } from "react";
import type { BalancingEvent } from "../state/api.ts";
import { ago, shortName, withoutFigures } from "../state/format.ts";
import { useStore } from "../state/store.ts";
import { Section, waiting } from "./Section.tsx";

const shown = 30;

/** What the balancer's actions mean for the workload. */
const effects: Record<string, string> = {
  MoveToSpot: "moves to spot",
  MoveToRegular: "comes back to regular",
  Evict: "makes room",
  Refuse: "stays",
};

const isMove = ({ action }: BalancingEvent): boolean => action !== "Refuse";

export function Events() {
  const events = useStore((state) => state.cluster?.events);
  const [moves, setMoves] = useState(true);
  const chosen = events?.filter((event) => isMove(event) === moves) ?? [];
  const nothing = moves ? "Nothing has moved lately." : "Nothing was held back lately.";
  return (
    <Section id="events" title="Balancing" aside={<Choice moves={moves} choose={setMoves} />}>
      <ol className="events" tabIndex={0} aria-label={moves ? "Moves" : "Workloads that stay"}>
        {chosen.slice(0, shown).map((event) => (
          <Event key={event.uid} {...event} />
        ))}
        {chosen.length === 0 && <li className="empty">{events ? nothing : waiting}</li>}
      </ol>
    </Section>
  );
}

function Choice({ moves, choose }: { moves: boolean; choose: (moves: boolean) => void }) {
  return (
    <div className="choice" role="group" aria-label="Which decisions">
      <button type="button" aria-pressed={moves} onClick={() => choose(true)}>
        Moves
      </button>
      <button type="button" aria-pressed={!moves} onClick={() => choose(false)}>
        Why not the others
      </button>
    </div>
  );
}

function Event({ time, namespace, workload, action, reason, type, note }: BalancingEvent) {
  const now = useNow(5000);
  const side = action === "MoveToSpot" ? "spot" : action === "MoveToRegular" ? "regular" : "";
  return (
    <li className={type === "Warning" ? "warning" : side}>
      <span>
        <strong>{`${namespace}/${shortName(workload)}`}</strong> {effects[action] ?? action}:{" "}
        <em>{reason}</em>
      </span>
      <time dateTime={time}>{ago(time, now)}</time>
      <span className="dim" title={note}>
        {withoutFigures(note)}
      </span>
    </li>
  );
}

/** The time, looked at again every so many milliseconds. */
function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

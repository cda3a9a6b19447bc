// What the balancer did and why, newest first.
import { useEffect, useState } from "react";
import { ago, shortName } from "../state/format.ts";
import { useStore } from "../state/store.ts";
import { Section } from "./Section.tsx";

const shown = 30;

export function Events() {
  const events = useStore((state) => state.cluster?.events);
  const now = useNow(5000);
  return (
    <Section id="events" title="Balancing">
      <ol className="events">
        {events?.slice(0, shown).map(({ uid, time, namespace, workload, action, reason, type, note }) => (
          <li key={uid} className={type === "Warning" ? "warning" : ""}>
            <span>
              <strong>{`${namespace}/${shortName(workload)}`}</strong> {action} <em>{reason}</em>
            </span>
            <time dateTime={time}>{ago(time, now)}</time>
            <span className="dim">{note}</span>
          </li>
        ))}
      </ol>
      {!events?.length && <p className="empty">The balancer has not done anything yet.</p>}
    </Section>
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

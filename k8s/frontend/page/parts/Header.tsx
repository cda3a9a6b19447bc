// The top line: is it live, what does it save, who answers.
import { Fragment } from "react";
import { clock, money, percent } from "../state/format.ts";
import { type State, useStore } from "../state/store.ts";

export function Header() {
  return (
    <header className="top">
      <h1>Spot Balancer</h1>
      <Connection />
      <Saving />
      <Variants />
    </header>
  );
}

function Connection() {
  const connection = useStore((state) => state.connection);
  const status = useStore((state) => state.status);
  const { kind, text } = describe(connection, status);
  return (
    <p className={`state ${kind}`} role="status">
      {text}
    </p>
  );
}

function describe(connection: State["connection"], status: State["status"]): { kind: string; text: string } {
  if (connection.kind === "connecting") return { kind: "waiting", text: "Connecting…" };
  if (connection.kind === "lost")
    return { kind: "bad", text: `Connection lost since ${clock(connection.since)}. Trying again…` };
  const down = status && (!status.database.up ? "Database" : !status.cluster.up ? "Cluster" : undefined);
  if (!down) return { kind: "good", text: "Live" };
  const { problem, since } = down === "Database" ? status.database : status.cluster;
  return {
    kind: "bad",
    text: `${down} not reachable since ${clock(Date.parse(since))}: ${problem ?? "no reason given"}`,
  };
}

function Saving() {
  const saving = useStore((state) => state.cluster?.saving);
  return (
    <p className="fact">
      <span>Saving</span> <strong>{saving ? `${money(saving.perMonth)} a month` : "–"}</strong>
    </p>
  );
}

function Variants() {
  const answers = useStore((state) => state.answers);
  const names = ["a", "b", ...Object.keys(answers).filter((name) => name !== "a" && name !== "b")];
  const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
  return (
    <p className="fact variants" title={`${total} answers to this page so far`}>
      <span>API variants</span>
      {names.map((name) => (
        <Fragment key={name}>
          {" "}
          <strong>
            {name} {total === 0 ? "–" : percent((answers[name] ?? 0) / total)}
          </strong>
        </Fragment>
      ))}
    </p>
  );
}

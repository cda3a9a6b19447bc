// The buttons that make load, and what came of it.
import { useState } from "react";
import { count, percent } from "../state/format.ts";
import { burst, cpuTest } from "../state/requests.ts";
import { countAnswers, useStore } from "../state/store.ts";
import { Section } from "./Section.tsx";

const burstSize = 50;
const testSeconds = 10;

export function Actions() {
  const features = useStore((state) => state.info?.features);
  const seconds = Math.min(testSeconds, features?.cpuTest?.maxSeconds ?? testSeconds);
  return (
    <Section id="actions" title="Make load">
      <div className="actions">
        <Action
          label="CPU test"
          off={features !== undefined && features.cpuTest === null}
          hint="Keeps one core of a backend busy: its autoscaler answers with more replicas."
          busy={`One core of a backend is busy for ${seconds} s…`}
          run={async () => {
            const { body } = await cpuTest(seconds);
            countAnswers({ [body.variant]: 1 });
            return `${body.instance} (variant ${body.variant}): ${count(body.iterations)} steps in ${body.seconds.toFixed(1)} s`;
          }}
        />
        <Action
          label={`${burstSize} simultaneous requests`}
          off={features !== undefined && (features.burst === null || features.burst.maxRequests < burstSize)}
          hint="All at once through the gateway, which splits them between the two variants."
          busy={`Sending ${burstSize} requests at once…`}
          run={async () => {
            const { body } = await burst(burstSize);
            countAnswers({ ...body.variants });
            const { p50, p95, max } = body.latencyMs;
            const share = percent(body.variants.a / Math.max(1, body.variants.a + body.variants.b));
            return (
              `${body.succeeded} of ${body.requests} answered in ${body.seconds.toFixed(2)} s: half within ` +
              `${p50.toFixed(0)} ms, 95% within ${p95.toFixed(0)} ms, all within ${max.toFixed(0)} ms; ${share} by variant a`
            );
          }}
        />
      </div>
    </Section>
  );
}

interface ActionProps {
  label: string;
  /** Switched off in the backend's configuration. */
  off: boolean;
  /** What it is for. */
  hint: string;
  busy: string;
  run: () => Promise<string>;
}

function Action({ label, off, hint, busy, run }: ActionProps) {
  const [state, setState] = useState<{ kind: "idle" | "busy" | "done" | "failed"; text: string }>({
    kind: "idle",
    text: "",
  });
  const start = async () => {
    setState({ kind: "busy", text: busy });
    try {
      setState({ kind: "done", text: await run() });
    } catch (error) {
      setState({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <div className="action">
      <button type="button" disabled={off || state.kind === "busy"} onClick={() => void start()}>
        {label}
      </button>
      <output className={state.kind}>
        {off ? "Switched off in the backend's configuration." : state.text || hint}
      </output>
    </div>
  );
}

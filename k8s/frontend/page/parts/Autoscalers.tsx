// The HorizontalPodAutoscalers: replicas between their bounds, and what they go by.
import { percent } from "../state/format.ts";
import { autoscalerKey } from "../state/cluster.ts";
import { useStore } from "../state/store.ts";
import { Section, waiting } from "./Section.tsx";

export function Autoscalers() {
  const autoscalers = useStore((state) => state.cluster?.autoscalers);
  const sorted = autoscalers?.toSorted((a, b) => autoscalerKey(a).localeCompare(autoscalerKey(b)));
  return (
    <Section id="autoscalers" title="Autoscaling">
      <div className="scroll" tabIndex={0} role="group" aria-label="Autoscalers">
        <table>
          <thead>
            <tr>
              <th scope="col">Workload</th>
              <th scope="col">Replicas</th>
              <th scope="col">Goes by</th>
            </tr>
          </thead>
          <tbody>
            {sorted?.map((autoscaler) => (
              <tr key={autoscalerKey(autoscaler)}>
                <th scope="row">
                  {autoscaler.namespace}/<wbr />
                  {autoscaler.name}
                </th>
                <td>
                  {autoscaler.current}
                  {autoscaler.desired !== autoscaler.current && ` → ${autoscaler.desired}`}{" "}
                  <span className="dim">{`of ${autoscaler.min}–${autoscaler.max}`}</span>
                </td>
                <td>
                  {autoscaler.metrics.map(({ name, current, target }) => (
                    <span key={name} className="metric">
                      {`${name} ${current === null ? "–" : percent(current)}`}
                      <span className="dim">{` / ${percent(target)}`}</span>
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!sorted?.length && <p className="empty">{sorted ? "Nothing scales by itself." : waiting}</p>}
    </Section>
  );
}

// One uPlot chart that follows its data and its width.
import { useEffect, useRef } from "react";
import uPlot from "uplot";

interface Props {
  label: string;
  times: number[];
  values: number[];
  /** CSS color of the line, as a custom property's name. */
  color: string;
  max: number;
  format: (value: number) => string;
  /** Seconds that the x axis shows. */
  seconds: number;
}

const height = 140;

/** `npm run bench -- page`, and the browser's own tools, read when there was something to see. */
function markFirst(points: number): void {
  const name = "first-chart";
  if (points > 1 && performance.getEntriesByName(name).length === 0) performance.mark(name);
}

/** Without data there is no time and no maximum, either, so axes say nothing. */
const whenThereIsData =
  (format: (tick: number) => string) =>
  ({ data }: uPlot, ticks: number[]): string[] =>
    ticks.map((tick) => (data[0].length > 0 ? format(tick) : ""));

export function Chart({ label, times, values, color, max, format, seconds }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const style = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
    const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
    const axis = {
      stroke: style("--dim"),
      grid: { stroke: style("--line"), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { y: false },
        scales: {
          x: { range: (_plot, _min, to) => [to - seconds, to] },
          y: { range: [0, max] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            values: whenThereIsData((seconds) => clock.format(seconds * 1000)),
          },
          {
            ...axis,
            size: 64,
            splits: [0, max / 2, max],
            values: whenThereIsData(format),
          },
        ],
        hooks: { draw: [({ data }) => markFirst(data[0].length)] },
        series: [
          {},
          { label, stroke: style(color), fill: style(`${color}-area`), width: 2, points: { show: false } },
        ],
      },
      [[], []],
      element,
    );
    chart.current = plot;
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => plot.redraw(false);
    dark.addEventListener("change", redraw);
    return () => {
      resize.disconnect();
      dark.removeEventListener("change", redraw);
      plot.destroy();
    };
  }, [label, color, max, format, seconds]);

  useEffect(
    () => chart.current?.setData([times, values]),
    [times, values, label, color, max, format, seconds],
  );

  const now = values.at(-1);
  return (
    <figure>
      <figcaption>
        {label}{" "}
        {now === undefined ? <span className="dim">no samples yet</span> : <strong>{format(now)}</strong>}
      </figcaption>
      <div
        ref={holder}
        className="chart"
        role="img"
        aria-label={`${label} of the last ${seconds / 60} minutes`}
      />
    </figure>
  );
}

// Runs in the browser, inside the page of `--chart`: two charts over one time axis, with the moves as marks on the first.
// JavaScript, because it goes into the page as it is.
/* global document, getComputedStyle, uPlot, window */
{
  const story = JSON.parse(document.getElementById("story").textContent);
  const color = (name) => () => getComputedStyle(document.body).getPropertyValue(`--${name}`);
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
  const axis = { stroke: color("dim"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false } };
  const none = [null, null, null];
  const day = "{DD} {MMM}";
  const times = [
    [86_400, day, null, null, null, ...none, 1],
    [60, "{HH}:{mm}", null, null, `\n${day}`, ...none, 1],
    [1, "{HH}:{mm}:{ss}", null, null, `\n${day}`, ...none, 1],
  ];
  const stepped = uPlot.paths.stepped({ align: 1 });
  const plots = [];

  const chart = (id, height, columns, series, more) => {
    const holder = document.getElementById(id);
    const options = {
      ...{ width: holder.clientWidth, height, tzDate: utc },
      cursor: { sync: { key: "time" } },
      axes: [
        { ...axis, values: times },
        { ...axis, size: 60 },
      ],
      scales: { y: { range: (_plot, _least, most) => [0, Math.max(1e-9, most * 1.12)] } },
      series: [
        { label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
        ...series.map((each) => ({ points: { show: false }, ...each })),
      ],
      ...more,
    };
    plots.push([holder, new uPlot(options, columns, holder)]);
  };

  const marks = {
    ToSpot: { color: "spot", up: true },
    ToRegular: { color: "regular", up: false },
    Rebalance: { color: "dim", up: true },
  };

  /** Triangles on the upper edge: up to spot, down to regular. */
  const drawMoves = (plot) => {
    const { ctx, bbox } = plot;
    const size = 5 * (window.devicePixelRatio || 1);
    for (const { time, kind } of story.moves) {
      const x = plot.valToPos(time, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const { color: name, up } = marks[kind];
      const y = bbox.top + (up ? size : 3 * size);
      ctx.fillStyle = color(name)();
      ctx.beginPath();
      ctx.moveTo(x - size, up ? y + size : y - size);
      ctx.lineTo(x + size, up ? y + size : y - size);
      ctx.lineTo(x, up ? y - size : y + size);
      ctx.fill();
    }
  };

  const { nodes, costs } = story;
  chart(
    "nodes",
    300,
    [nodes.times, nodes.available, nodes.regular, nodes.spot],
    [
      { label: "spot to be had", stroke: color("line"), fill: color("area"), paths: stepped },
      { label: "regular nodes", stroke: color("regular"), width: 2, paths: stepped },
      { label: "spot nodes", stroke: color("spot"), width: 2, paths: stepped },
    ],
    { hooks: { draw: [drawMoves] } },
  );
  const money = (_plot, value) => (value == null ? "" : value.toFixed(2));
  chart(
    "costs",
    240,
    [costs.times, costs.nothing, costs.ours, costs.bound],
    [
      { label: "doing nothing", stroke: color("regular"), width: 2, value: money },
      { label: "balancer", stroke: color("spot"), width: 2, value: money },
      { label: "best in hindsight, at least", stroke: color("dim"), dash: [4, 4], width: 2, value: money },
    ],
  );
  window.addEventListener("resize", () => {
    for (const [holder, plot] of plots) plot.setSize({ width: holder.clientWidth, height: plot.height });
  });
}

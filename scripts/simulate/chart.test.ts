// The page of `--chart`, taken apart as a browser does: what it lets run, what it draws, and that names stay names.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runInNewContext } from "node:vm";
import { renderChart } from "./chart.ts";
import { type Story, compareAndTell } from "./chart/story.ts";
import { buildScenario } from "./testing/scenarioSpec.ts";

const scenario = buildScenario({
  ...{ spot: [3, 0, 3], spotMin: 2, regularMax: 4, placeholders: 0 },
  workloads: [{ replicas: 3, cpu: 500, load: [0.02] }],
});

interface Element {
  tag: string;
  attributes: string;
  text: string;
}

/** As the HTML standard reads them: their text ends at the first end tag, wherever that stands. */
const rawElements = (html: string): Element[] =>
  [...html.matchAll(/<(script|style)([^>]*)>([^]*?)<\/\1/g)].map(([, tag, attributes, text]) => ({
    ...{ tag: tag!, attributes: attributes!, text: text! },
  }));

const isCode = ({ attributes }: Element) => attributes === "";

/** Lets the page's scripts run. @returns what they told uPlot, chart by chart */
function draw(html: string) {
  const [data, library, own] = rawElements(html).filter(({ tag }) => tag === "script");
  assert.match(library!.text, /uPlot/);
  const charts: { series: { label: string }[]; columns: number[][] }[] = [];
  const painted: string[] = [];
  class UPlot {
    static paths = { stepped: () => undefined };
    constructor({ series, hooks }: never, columns: number[][]) {
      // Of this realm again: deepEqual tells arrays of two realms apart.
      charts.push(JSON.parse(JSON.stringify({ series, columns })) as (typeof charts)[number]);
      const { draw = [] } = (hooks ?? {}) as { draw?: ((plot: unknown) => void)[] };
      const paint = (target: Record<string, unknown>, name: string) =>
        target[name] ?? (() => void painted.push(name));
      const ctx = new Proxy({}, { get: paint });
      const plot = { ctx, bbox: { left: 0, top: 0, width: 1e12 }, valToPos: (value: number) => value };
      for (const hook of draw) hook(plot);
    }
  }
  runInNewContext(own!.text, {
    uPlot: UPlot,
    window: { addEventListener: () => {} },
    document: { getElementById: () => ({ textContent: data!.text, clientWidth: 800 }) },
    getComputedStyle: () => ({ getPropertyValue: (name: string) => name }),
  });
  return { charts, triangles: painted.filter((name) => name === "fill").length };
}

describe("simulate --chart", () => {
  const { comparison, story } = compareAndTell(scenario);
  const html = renderChart(comparison, story);

  it("draws nodes and costs, each move as a mark, and ends at what the table says", () => {
    const { charts, triangles } = draw(html);
    const [nodes, costs] = charts;
    assert.deepEqual(
      charts.map(({ series }) => series.map(({ label }) => label)),
      [
        ["UTC", "spot to be had", "regular nodes", "spot nodes"],
        ["UTC", "doing nothing", "balancer", "best in hindsight, at least"],
      ],
    );
    for (const { columns } of charts) {
      assert.equal(new Set(columns.map(({ length }) => length)).size, 1, "one value for each time");
      assert.deepEqual(
        columns[0],
        [...new Set(columns[0])].toSorted((a, b) => a - b),
      );
      assert.equal(columns[0].at(-1)! - columns[0][0]!, comparison.hours * 3600);
    }
    const available = nodes!.columns[1]!;
    assert.deepEqual([Math.min(...available), Math.max(...available)], [0, 3]);
    const { balanced, nothing, best } = comparison;
    assert.deepEqual(
      costs!.columns.slice(1).map((column) => column.at(-1)),
      [nothing.cost, balanced.cost, best.cost],
    );
    assert.ok(costs!.columns[0]!.length < 700);
    const { ToSpot, ToRegular, Rebalance } = balanced.moves;
    assert.ok(ToSpot > 0);
    assert.equal(triangles, ToSpot + ToRegular + Rebalance);
    assert.equal(html.match(/<tr><td>/g)!.length, triangles);
  });

  it("asks no network for anything, and lets only its own scripts and styles run", () => {
    assert.doesNotMatch(html.replace(/<(script|style)[^]*?<\/\1>/g, ""), /\b(src|href)\s*=|url\(|@import/);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    assert.match(policy, /^default-src 'none'; script-src 'sha256-[^;]*; style-src 'sha256-[^;]*$/);
    const code = rawElements(html).filter(isCode);
    assert.equal(code.length, 4);
    for (const { text } of code)
      assert.ok(policy.includes(`'sha256-${createHash("sha256").update(text).digest("base64")}'`));
  });

  it("shows a hostile name as text, and runs nothing of it", () => {
    const bad = `</script></td><script>alert("1 & 2")</script><img src=x onerror='a()'>\u001b\u202e`;
    const move = { time: story.nodes.times[0]!, kind: "ToSpot", workload: bad, reason: bad, message: bad };
    const hostile: Story = { ...story, currency: bad, moves: [move] };
    const page = renderChart({ ...comparison, currency: bad }, hostile);
    assert.equal(rawElements(page).length, rawElements(html).length);
    assert.doesNotMatch(page, /<img|alert\("|\p{Cf}|(?!\n)\p{Cc}/u);
    const cells = [...page.matchAll(/<td>([^<]*)/g)].map(([, text]) => text);
    assert.equal(cells[1], cells[3]);
    assert.match(cells[1]!, /^&lt;\/script&gt;.*alert\(&quot;1 &amp; 2&quot;\).*onerror=&#39;.*\\u\{1b\}/);
    assert.equal(draw(page).triangles, 1);
  });
});

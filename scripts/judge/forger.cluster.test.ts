// A pod that any tenant may run lies to the real Prometheus about nodes, pods, moves, alerts and the saving: nothing changes.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { usageQueries } from "../../balancer/observe/usage.ts";
import { parsePolicy } from "../../balancer/policy.ts";
import { readSaving } from "../../k8s/backend/src/cluster/saving.ts";
import { policyFor } from "../../stacks/deploy/policy.ts";
import { eventually, projectRoot, tools } from "../local/index.ts";
import { PlayedTargets, podAt } from "./testing/playedTargets.ts";
import { RealPrometheus, type Result } from "./testing/realPrometheus.ts";

const k8s = join(projectRoot, "k8s");
const policyText = "{ namespaces: { demo: {} }, usage: { rateMinutes: 0.5 }, idle: { windowMinutes: 1 } }";
const labels = { system: {}, regular: { a: "b" }, spot: { c: "d" } };
/** As the stack ships it, and as one that selects nothing would ask. */
const selecting = parsePolicy(
  policyFor({ policy: parse(policyText) as Record<string, unknown>, prometheusUrl: undefined }, labels),
);
const trusting = parsePolicy(policyText);

function rules(): [string, string][] {
  const folder = join(k8s, "prometheus", "rules");
  const files = readdirSync(folder).filter((name) => name.endsWith(".rules.yml"));
  return files.flatMap((file) => {
    const { groups } = parse(readFileSync(join(folder, file), "utf8")) as {
      groups: { rules: { alert?: string; record?: string; expr: string }[] }[];
    };
    const all = groups.flatMap((group) => group.rules);
    return all.map(({ alert, record, expr }): [string, string] => [(alert ?? record)!, expr]);
  });
}

function panels(): [string, string][] {
  const folder = join(k8s, "grafana", "dashboards");
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    return [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, expr], index): [string, string] => [
      `${file} ${index + 1}`,
      (JSON.parse(expr!) as string).replaceAll("$namespace", ".*"),
    ]);
  });
}

describe("a pod that forges series", function () {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-forger-"));
  const played = new PlayedTargets();
  /** Without the forger, with it, and with it where nothing is dropped. */
  let honest: RealPrometheus;
  let forged: RealPrometheus;
  let open: RealPrometheus;
  /** With pods that say too much. */
  let flooded: RealPrometheus;

  before(async () => {
    const { ensureTools } = await tools();
    const { prometheus } = await ensureTools(["prometheus"], { report: console.error });
    const targets = await played.honest();
    const withForger = [...targets, ...(await played.forger())];
    const flood = (samples: number, wide: number) => () =>
      Array.from({ length: samples }, (_, i) => `flood{i="${i}",x="${"x".repeat(wide)}"} 1\n`).join("");
    const floods = [
      podAt(await played.serve(flood(5001, 1)), { namespace: "demo", app: "many", name: "many" }),
      podAt(await played.serve(flood(4900, 900)), { namespace: "demo", app: "fits", name: "fits" }),
      podAt(await played.serve(flood(1, 1001)), { namespace: "demo", app: "wide", name: "wide" }),
      podAt(await played.serve(() => `# ${"x".repeat(6e6)}\nflood 1\n`), {
        namespace: "demo",
        app: "long",
        name: "long",
      }),
    ];
    honest = new RealPrometheus(prometheus, join(folder, "honest"), targets);
    forged = new RealPrometheus(prometheus, join(folder, "forged"), withForger);
    flooded = new RealPrometheus(prometheus, join(folder, "flooded"), [...targets, ...floods]);
    open = new RealPrometheus(prometheus, join(folder, "open"), withForger);
    await Promise.all([
      honest.start(),
      forged.start(),
      flooded.start(),
      open.start((jobs) => {
        for (const job of jobs)
          if (["pods", "services"].includes(job.job_name)) delete job.metric_relabel_configs;
      }),
    ]);
    // So many that some more or less, of a Prometheus that began later, are within what assertSame allows.
    await Promise.all([honest, forged, flooded, open].map((one) => one.hasSeen(20)));
  });
  after(async () => {
    await Promise.all([honest, forged, open, flooded].map((one) => one?.stop()));
    await played.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A scrape that a busy machine has missed on one side may show for as long as its samples are counted. */
  const becomesSame = (one: RealPrometheus, queries: [string, string][]): Promise<number> =>
    eventually(() => assertSame(one, queries));

  async function assertSame(one: RealPrometheus, queries: [string, string][]): Promise<number> {
    const now = Date.now() / 1000;
    let series = 0;
    for (const [name, query] of queries) {
      const [expected, got] = await Promise.all([honest, one].map((each) => each.query(query, now)));
      series += expected!.length;
      assert.deepEqual(got!.map(key).sort(), expected!.map(key).sort(), name);
      const values = new Map(expected!.map((result) => [key(result), result.value[1]]));
      for (const result of got!) {
        const [a, b] = [Number(values.get(key(result))), Number(result.value[1])];
        assert.ok(
          Object.is(a, b) || Math.abs(a - b) <= 0.1 * Math.abs(a) + 2,
          `${name}: ${b} instead of ${a}`,
        );
      }
    }
    return series;
  }
  const usageOf = (policy: typeof trusting) => Object.entries(usageQueries(policy));

  it("was scraped in every disguise", async () => {
    for (const one of [forged, open])
      await eventually(async () => {
        const seen = (await one.query("forger_was_here")).map(({ metric }) => metric["job"]);
        assert.deepEqual(seen.sort(), ["pods", "pods", "pods", "pods", "pods", "pods", "services"]);
      });
  });

  it("changes nothing of the usage of pods and nodes, whether the policy selects or not", async () => {
    assert.ok((await becomesSame(forged, usageOf(selecting))) >= 14);
    await becomesSame(forged, usageOf(trusting));
  });

  it("changes no rule, no alert and no dashboard", async () => {
    assert.ok((await becomesSame(forged, rules())) >= 25);
    assert.ok((await becomesSame(forged, panels())) >= 30);
    assert.ok((await becomesSame(forged, [["alerts", "count by (alertname, severity) (ALERTS)"]])) >= 3);
  });

  it("changes nothing of the saving that the page shows", async () => {
    const { signal } = new AbortController();
    await eventually(async () => {
      const [expected, got] = await Promise.all([honest, forged].map(({ url }) => readSaving(url, signal)));
      assert.ok(expected, "the balancer states one");
      assert.equal(got?.perMonth, expected.perMonth);
    });
  });

  it("is not believed even where its names are let in: rules, dashboards, saving and balancer select by job", async () => {
    await becomesSame(open, usageOf(selecting));
    await becomesSame(open, rules());
    await becomesSame(
      open,
      panels().filter(([, query]) => !/ALERTS|[a-z]:[a-z]/.test(query)),
    );
    await assert.rejects(assertSame(open, usageOf(trusting)), /cpu/, "or this test would see nothing");
  });

  it("cannot flood: what is too many, too wide or too long is not read at all, and others are", async () => {
    await eventually(async () => {
      const up = await flooded.query('up{job="pods",app=~"many|wide|long|fits|web"}');
      const state: unknown = Object.fromEntries(up.map(({ metric, value }) => [metric["pod"], value[1]]));
      assert.deepEqual(state, { many: "0", wide: "0", long: "0", fits: "1", "web-1": "1" });
    });
  });
});

const key = ({ metric }: Result): string =>
  JSON.stringify(Object.entries(metric).filter(([name]) => name !== "instance").sort()); // prettier-ignore

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Phase, Thresholds } from "./profile.ts";
import { parseProfile } from "./profile.ts";
import { lineOf, progressLine } from "./progress.ts";
import { type Outcome, Statistics } from "./statistics.ts";
import { missed, summarize, summaryText } from "./summary.ts";

const [phase] = parseProfile(
  "{ description: t, phases: [{ name: one, users: 2, everySeconds: [1, 1], durationSeconds: 9, requests: [{ get: / }] }] }",
).phases as [Phase];

const buildOutcome = (changes: Partial<Outcome> = {}): Outcome => ({
  ...{ latencyMs: 10, sendDelayMs: 1 },
  ...changes,
});

function summaryOf(outcomes: Outcome[], thresholds: Thresholds = {}, more = {}) {
  const statistics = new Statistics();
  for (const outcome of outcomes) statistics.add(outcome);
  return summarize(phase, { seconds: 10, statistics, cutOff: 0, recordsLeft: 0, ...more }, thresholds, 0);
}

const failed = buildOutcome({ problem: "HTTP 503" });
const half = [buildOutcome(), failed];

describe("what is said of load", () => {
  it("has percentiles that agree with the sorted latencies to 3 digits", () => {
    const latency = fc.double({ min: 0.001, max: 100_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), (latencies) => {
        const { latencyMs } = summaryOf(latencies.map((value) => buildOutcome({ latencyMs: value })));
        const sorted = latencies.sort((one, other) => one - other);
        const near = (found: number, part: number) => {
          const expected = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
          // Microseconds are whole.
          assert.ok(Math.abs(found - expected) <= expected * 0.001 + 0.001, `${found} is not ${expected}`);
        };
        near(latencyMs!.p50, 0.5);
        near(latencyMs!.p99, 0.99);
        near(latencyMs!.max, 1);
        assert.ok(latencyMs!.p999 <= latencyMs!.max);
      }),
    );
  });

  it("names each percentile for what it is", () => {
    const outcomes = Array.from({ length: 1000 }, (_, index) => buildOutcome({ latencyMs: index + 1 }));
    const rounded = Object.entries<number>({ ...summaryOf(outcomes).latencyMs! }).map(([name, value]) => [
      name,
      Math.round(value),
    ]);
    const expected = { mean: 501, p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, max: 1000 };
    assert.deepEqual(Object.fromEntries(rounded), expected);
  });

  const cases: [name: string, outcomes: Outcome[], thresholds: Thresholds, missed: string[]][] = [
    ["nothing is asked", half, {}, []],
    ["just as many failed as may", half, { failedRatio: 0.5 }, []],
    ["more failed", half, { failedRatio: 0.4 }, ["failed: expected at most 40.00 %, got 50.00 %"]],
    ["all failed, though nothing is asked", [failed], {}, ["no request succeeded"]],
    ["it is slower", half, { p50Ms: 9, p99Ms: 11 }, ["p50: expected at most 9 ms, got 10.0 ms"]],
    ["nothing was sent", [], { failedRatio: 0, p95Ms: 1 }, ["nothing was sent"]],
  ];
  for (const [name, outcomes, thresholds, expected] of cases) {
    it(`tells what was missed when ${name}`, () =>
      assert.deepEqual(summaryOf(outcomes, thresholds).missed, expected));
  }

  it("misses nothing at a limit itself", () => {
    const latencies = { mean: 1, p50: 9, p90: 9, p95: 10, p99: 11, p999: 11, max: 11 };
    const figures = { requests: 2, failed: 1, failedRatio: 0.5, latencyMs: latencies };
    assert.deepEqual(missed({ failedRatio: 0.5, p50Ms: 9, p95Ms: 10, p99Ms: 11 }, figures), []);
  });

  it("counts failures by kind, the most frequent first, and no latency without a connection", () => {
    const refused = buildOutcome({ latencyMs: undefined, problem: "ECONNREFUSED" });
    const { failures, latencyMs, ratePerSecond } = summaryOf([failed, refused, refused]);
    assert.deepEqual(Object.entries(failures), [
      ["ECONNREFUSED", 2],
      ["HTTP 503", 1],
    ]);
    assert.equal(Math.round(latencyMs!.max), 10);
    assert.equal(ratePerSecond, 0.3);
    assert.equal(summaryOf([refused]).latencyMs, null);
  });

  it("does not take for sent what was not, nor for soon", () => {
    const unsent = buildOutcome({ latencyMs: undefined, sendDelayMs: undefined, problem: "not sent" });
    const late = buildOutcome({ sendDelayMs: 90 });
    const { requests, ratePerSecond, sendDelayMs } = summaryOf([unsent, unsent, unsent, late]);
    assert.deepEqual([requests, ratePerSecond], [4, 0.1]);
    assert.ok(sendDelayMs!.p50 > 89);
  });

  it("is a table with remarks", () => {
    const outcomes = [
      buildOutcome({ variant: "b" }),
      failed,
      buildOutcome({ variant: "a", sendDelayMs: 80 }),
    ];
    const text = summaryText([summaryOf(outcomes, { p95Ms: 5 }, { cutOff: 3, recordsLeft: 7 })]);
    for (const part of [
      /one +│ +2 +│ +10\.0 +│ +3 +│ +0\.3 +│ +33\.33 %/,
      /one: failed: HTTP 503 \(1\)/,
      /one: variants: a 50\.00 %, b 50\.00 %/,
      /one: records left, its time was over: 7/,
      /one: requests cut off without an answer: 3/,
      /one: this generator was late itself \(p99 80 ms\)/,
      /one: MISSED p95: expected at most 5 ms/,
    ]) {
      assert.match(text, part);
    }
  });

  it("says when there is nothing to say", () => assert.match(summaryText([]), /^interrupted before/));

  const progress = {
    ...{ phase: "one", seconds: 61.5, durationSeconds: 300, users: 7, inFlight: 2 },
    ...{ ratePerSecond: 12.4, failedRatio: 0.015, latencyMs: undefined },
  };
  const line = "one 1:01/5:00  7 users  12/s  1.5 % failed  no latency  2 open";

  it("is a line while it runs", () => assert.equal(lineOf(progress), line));

  const streams: [where: string, stream: object, everyMs: number, written: string][] = [
    ["again and again in one line of a terminal", { isTTY: true, columns: 21 }, 1000, `\r\u001b[K${line.slice(0, 20)}`],
    ["line by line elsewhere, now and then", {}, 5000, `${line}\n`],
  ]; // prettier-ignore
  for (const [where, stream, everyMs, written] of streams) {
    it(`is written ${where}`, () => {
      let text = "";
      const write = (part: string) => (text += part);
      const told = progressLine({ ...stream, write } as unknown as NodeJS.WriteStream);
      told.show(progress);
      assert.deepEqual([told.everyMs, text], [everyMs, written]);
    });
  }
});
